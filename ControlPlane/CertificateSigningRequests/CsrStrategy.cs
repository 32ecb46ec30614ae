using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>
/// How CertificateSigningRequests are written: what is asked for never changes; whether it is granted is written at <c>approval</c>, what comes of it at <c>status</c>; a condition stays.
/// </summary>
public sealed class CsrStrategy : KindStrategy
{
    private const long LeastSeconds = 600;
    private static readonly FieldPath Spec = FieldPath.Of("spec");
    private static readonly FieldPath Conditions = FieldPath.Of("status").Child("conditions");
    private static readonly string[] OfApproval = [CsrState.Approved, CsrState.Denied];

    /// <inheritdoc/>
    public override void PrepareForUpdate(JsonObject updated, JsonObject current) => updated["spec"] = current["spec"]?.DeepClone();

    /// <inheritdoc/>
    public override void PrepareForStatusUpdate(JsonObject updated, JsonObject current, string subresource)
    {
        var (status, before) = (updated.Status(), current.Child("status") ?? []);
        if (subresource == "approval")
        {
            var conditions = status["conditions"]?.DeepClone();
            updated["status"] = before.DeepClone();
            updated.Status()["conditions"] = conditions;
        }
        else
        {
            // Whether it is granted is not said here.
            var kept = Entries(before).Where(IsApproval).Concat(Entries(status).Where(entry => !IsApproval(entry))).Select(entry => entry.DeepClone()).ToArray();
            status.Remove("conditions");
            if (kept.Length > 0) status["conditions"] = new JsonArray(kept);
        }
        foreach (var entry in Entries(updated.Status()))
        {
            if (!entry.Has("lastUpdateTime")) entry["lastUpdateTime"] = entry["lastTransitionTime"]?.DeepClone();
        }
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        var (signer, request) = (spec.Text("signerName"), spec.Text("request"));
        if (request.Length > 0 && CsrState.Parse(request, out var fault) is null) errors.Invalid(Spec.Child("request"), request, fault);
        if (signer == CertificateSigner.LegacyUnknown) errors.Invalid(Spec.Child("signerName"), signer, "the legacy signerName is not allowed via this API version");
        else if (signer.Length > 0 && !IsSignerName(signer)) errors.Invalid(Spec.Child("signerName"), signer, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
        var (index, seen) = (0, new HashSet<string>());
        foreach (var usage in spec.Texts("usages"))
        {
            var at = Spec.Child("usages").Item(index++);
            if (!CertificateSigner.IsUsage(usage)) errors.NotSupported(at, usage);
            else if (!seen.Add(usage)) errors.Duplicate(at, usage);
        }
        if (spec.Number("expirationSeconds") is < LeastSeconds and var seconds) errors.Invalid(Spec.Child("expirationSeconds"), seconds, "may not specify a duration less than 600 seconds (10 minutes)");
    }

    /// <inheritdoc/>
    public override void ValidateStatusUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        var (now, before) = (Entries(updated.Child("status")).ToArray(), Entries(current.Child("status")).ToArray());
        for (var index = 0; index < now.Length; index++)
        {
            var (type, at) = (now[index].Text("type"), Conditions.Item(index));
            if (type.Length == 0) errors.Required(at.Child("type"));
            else if (now.Take(index).Any(other => other.Text("type") == type)) errors.Duplicate(at.Child("type"), type);
            if (now[index].Text("status") is var status && status.Length == 0) errors.Required(at.Child("status"));
            else if (type is CsrState.Approved or CsrState.Denied or CsrState.Failed && status != "True") errors.NotSupported(at.Child("status"), status, "True");
        }
        if (OfApproval.All(type => now.Any(entry => entry.Text("type") == type))) errors.Invalid(Conditions, updated.Child("status")?["conditions"]?.DeepClone(), "Approved and Denied conditions are mutually exclusive");
        foreach (var type in (string[])[CsrState.Approved, CsrState.Denied, CsrState.Failed])
        {
            if (before.Any(entry => entry.Text("type") == type) && !now.Any(entry => entry.Text("type") == type)) errors.Forbidden(Conditions, $"updates may not remove a condition of type \"{type}\"");
        }
        var certificate = current.Text("status", "certificate");
        if (certificate.Length > 0 && updated.Text("status", "certificate") != certificate) errors.Forbidden(FieldPath.Of("status").Child("certificate"), "updates may not modify or remove existing certificate data");
    }

    private static bool IsApproval(JsonObject entry) => OfApproval.Contains(entry.Text("type"));

    private static IEnumerable<JsonObject> Entries(JsonObject? status) => status.Objects("conditions");

    private static bool IsSignerName(string signer) =>
        signer.Split('/') is [var domain, { Length: > 0 } path] && domain.Contains('.') && domain.Split('.').All(IsLabel) && path.Split('.', ':').All(part => part.Length > 0);

    private static bool IsLabel(string label) => label.Length is > 0 and <= 63 && label.All(c => c is '-' or (>= 'a' and <= 'z') or (>= '0' and <= '9')) && label[0] != '-' && label[^1] != '-';
}
