using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using Shared.Api;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>
/// Grants what kubelets may ask for themselves, signs what is granted for the signers of this cluster, and deletes what nobody needs any more, by the rules and times of Kubernetes'
/// controllers.
/// </summary>
internal sealed class CsrReconciler(CertificateSigner signer, IAuthorizer authorizer) : IReconciler
{
    /// <summary>How long a request waits for somebody to decide on it.</summary>
    public static readonly TimeSpan PendingFor = TimeSpan.FromHours(24);

    /// <summary>How long one that was decided on stays.</summary>
    public static readonly TimeSpan DecidedFor = TimeSpan.FromHours(1);

    private static readonly Requester Approver = Requester.Controller("certificate-controller");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Plan.Nothing;
        var state = CsrState.Of(self);
        var end = End(self, state);
        if (end <= now) return Plan.Nothing with { Commands = [new DeleteObject(self.Key, null, Propagation.Background, Approver) { Preconditions = new(self.Uid, self.Revision) }] };
        return (Approval(state) is { } granted ? Write(self, state, state.Certificate, granted, now, "approval")
            : !state.Has(CsrState.Approved) || state.Has(CsrState.Denied) || state.Has(CsrState.Failed) || state.Certificate.Length > 0 || !CertificateSigner.Signs(state.SignerName) ? Plan.Nothing
            : Signed(self, state, now)) with { RequeueAfter = end - now };
    }

    private Plan Signed(StoredObject self, CsrState state, DateTimeOffset now)
    {
        var request = CsrState.Parse(state.Request, out var fault);
        var refusal = request is null ? $"the request {fault}" : CertificateSigner.Refusal(state.SignerName, request, state.Usages);
        return refusal is null
            ? Write(self, state, Convert.ToBase64String(Encoding.ASCII.GetBytes(signer.Sign(request!, state.Usages, state.Lifetime))), null, now, "status")
            : Write(self, state, "", Condition.Of(CsrState.Failed, true, "SignerValidationFailure", refusal), now, "status");
    }

    // A kubelet that has joined may renew its own certificate, and one that joins may get its first, where a role says so.
    private Condition? Approval(CsrState state)
    {
        if (state.SignerName != CertificateSigner.KubeletClient || state.Has(CsrState.Approved) || state.Has(CsrState.Denied)) return null;
        if (CsrState.Parse(state.Request, out _) is not { } request || CertificateSigner.Refusal(state.SignerName, request, state.Usages) is not null) return null;
        var what = CertificateSigner.UserOf(request) == state.Requester.Name && May(state.Requester, "selfnodeclient") ? "self kubelet client certificate"
            : May(state.Requester, "nodeclient") ? "kubelet client certificate" : null;
        return what is null ? null : Condition.Of(CsrState.Approved, true, "AutoApproved", $"Auto approving {what} after SubjectAccessReview.");
    }

    private bool May(UserInfo user, string subresource) => authorizer.Judge(user, new()
    {
        Path = "", Verb = "create", Group = CsrRights.Requests.Group, Version = "v1", Resource = CsrRights.Requests.Resource, Subresource = subresource,
    }).Allowed;

    private static Plan Write(StoredObject self, CsrState state, string certificate, Condition? condition, DateTimeOffset now, string subresource)
    {
        var status = state.Status.ValueKind == JsonValueKind.Object ? JsonObject.Create(state.Status)! : [];
        if (condition is not null) status["conditions"] = state.Conditions.With(condition with { LastUpdate = now }, now).ToJson();
        if (certificate.Length > 0) status["certificate"] = certificate;
        return StatusChange.From(self, state.Status, status, Approver) is { } change
            ? Plan.Nothing with { Commands = [change with { Subresource = subresource, Preconditions = new(self.Uid, self.Revision) }] }
            : Plan.Nothing;
    }

    private static DateTimeOffset End(StoredObject self, CsrState state)
    {
        if (!state.Has(CsrState.Approved) && !state.Has(CsrState.Denied) && !state.Has(CsrState.Failed)) return self.Header.CreationTimestamp + PendingFor;
        var since = state.Conditions.Max(condition => condition.LastUpdate ?? condition.LastTransition) ?? self.Header.CreationTimestamp;

        // Granted, and not signed yet by whoever signs it.
        var waits = state.Certificate.Length == 0 && state.Has(CsrState.Approved) && !state.Has(CsrState.Failed);
        return since + (waits ? PendingFor : DecidedFor);
    }
}
