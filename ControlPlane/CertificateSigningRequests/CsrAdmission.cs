using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>A CertificateSigningRequest is asked for by who sends it, whatever it says of that.</summary>
public sealed class CsrRequester : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(CsrRequester);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.State is null && write.Kind.GroupResource == CsrRights.Requests;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var (spec, user) = (write.Object.DefaultChild("spec"), UserInfo.Of(write.Command.By).ToJson());
        foreach (var member in (ReadOnlySpan<string>)["username", "uid", "groups", "extra"])
        {
            spec.Remove(member);
            if (user[member] is { } value) spec[member] = value.DeepClone();
        }
        return new(AdmissionOutcome.Changed);
    }
}

/// <summary>
/// Who grants a request needs the verb <c>approve</c> on its signer, who signs it the verb <c>sign</c>; and no user gets a certificate of the group that may do everything. By
/// Kubernetes' plug-ins CertificateApproval, CertificateSigning and CertificateSubjectRestriction.
/// </summary>
public sealed class CsrRights(IAuthorizer authorizer) : IAdmissionStep
{
    internal static readonly GroupResource Requests = new("certificates.k8s.io", "certificatesigningrequests");

    /// <inheritdoc/>
    public string Name => nameof(CsrRights);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.Kind.GroupResource == Requests && write.Operation is not WriteOperation.Delete;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop) => new(Judge(write) is { } refusal ? refusal : default(AdmissionOutcome));

    private ApiStatus? Judge(PendingWrite write)
    {
        var (spec, key) = (write.Object.Child("spec"), write.Command.Key);
        var signer = spec.Text("signerName");
        if (write.State is null)
        {
            return signer == CertificateSigner.Client && CsrState.Parse(spec.Text("request"), out _) is { } request && CertificateSigner.GroupsOf(request).Contains(UserInfo.Masters)
                ? Forbidden(key, $"use of {CertificateSigner.Client} signer with {UserInfo.Masters} group is not allowed")
                : null;
        }
        if (write.Subresource == "approval" && !Same(write, "conditions") && !May(write, "approve", signer)) return Forbidden(key, $"user not permitted to approve requests with signerName \"{signer}\"");
        return write.Subresource == "status" && !(Same(write, "certificate") && Same(write, "conditions")) && !May(write, "sign", signer)
            ? Forbidden(key, $"user not permitted to sign requests with signerName \"{signer}\"")
            : null;
    }

    private bool May(PendingWrite write, string verb, string signer)
    {
        var by = write.Command.By;
        var slash = signer.IndexOf('/', StringComparison.Ordinal);
        return May(signer) || (slash > 0 && May(signer[..slash] + "/*"));

        bool May(string name) => authorizer.Judge(new(by.User, by.Groups), new() { Path = "", Verb = verb, Group = Requests.Group, Version = "*", Resource = "signers", Name = name }).Allowed;
    }

    private static bool Same(PendingWrite write, string member) => JsonNode.DeepEquals(write.Object.Child("status")?[member], write.Current.Child("status")?[member]);

    private static ApiStatus Forbidden(ObjectKey key, string why) =>
        ApiStatus.Forbidden($"{key.GroupResource} \"{key.Name}\" is forbidden: {why}") with { Name = key.Name, Group = key.Group, Kind = key.Resource };
}
