using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.PodSecurity;

/// <summary>
/// Holds pods to the level that the labels of their namespace ask for (<c>pod-security.kubernetes.io/enforce</c>, <c>audit</c>, <c>warn</c>), by Kubernetes' plug-in of this name: a pod that does not meet what is
/// enforced is refused, and of a pod or a template of pods that does not meet the other levels the audit log has it, and who writes it is told. Who changes the labels is told which pods do not meet them.
/// </summary>
public sealed class PodSecurityAdmission(IObjectView view) : IAdmissionStep
{
    private const int MostNamed = 10;
    private static readonly GroupResource Pods = new("", "pods");

    /// <inheritdoc/>
    public string Name => "PodSecurity";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write)
    {
        if (write.Operation is WriteOperation.Delete || write.Subresource.Length > 0) return false;
        if (write.Kind is { Group.Length: 0, Plural: "namespaces" }) return true;
        return PodPlace.In(write.Kind) is not null && view.Get(new("", "namespaces", "", write.Command.Key.Namespace)) is { } place && !NamespacePolicy.Of(place.Header.Labels).IsNone;
    }

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop) => new(write.Kind.Plural == "namespaces" ? Namespace(write) : Workload(write));

    private AdmissionOutcome Workload(PendingWrite write)
    {
        var path = PodPlace.In(write.Kind)!;
        var pod = write.Object.Child(path);
        if (pod.Child("spec") is not { } spec) return default;

        // A pod's spec is as good as unchangeable, and what was admitted goes on.
        var isPod = path.Length == 0;
        if (write.State is not null && JsonNode.DeepEquals(write.Current.Child(path).Child("spec"), spec)) return default;
        var policy = NamespacePolicy.Of(view.Get(new("", "namespaces", "", write.Command.Key.Namespace))!.Header.Labels);
        var metadata = pod.Child("metadata");
        var annotations = ImmutableDictionary<string, string>.Empty;
        if (isPod) annotations = annotations.Add(NamespacePolicy.Prefix + "enforce-policy", policy.Enforce.ToString());
        if (Doubts(policy.Audit, metadata, spec) is { } marked) annotations = annotations.Add(NamespacePolicy.Prefix + "audit-violations", marked);
        var notes = new WriteNotes { Annotations = annotations };
        if (isPod && SecurityStandards.Faults(policy.Enforce.Level, metadata, spec) is { IsEmpty: false } faults)
        {
            // A warning would say no more than the refusal.
            var key = write.Command.Key;
            return new(ApiStatus.Forbidden($"pods \"{key.Name}\" is forbidden: violates PodSecurity \"{policy.Enforce}\": {string.Join(", ", faults)}") with { Name = key.Name, Kind = key.Resource }) { Notes = notes };
        }
        return new() { Notes = Doubts(policy.Warn, metadata, spec) is { } doubts ? notes with { Warnings = [doubts] } : annotations.IsEmpty ? null : notes };
    }

    private static string? Doubts(SecurityDemand demand, JsonObject? metadata, JsonObject spec) =>
        SecurityStandards.Faults(demand.Level, metadata, spec) is { IsEmpty: false } faults ? $"would violate PodSecurity \"{demand}\": {string.Join(", ", faults)}" : null;

    private AdmissionOutcome Namespace(PendingWrite write)
    {
        var labels = write.Object.TextMap("metadata", "labels");
        var errors = new FieldErrors();
        NamespacePolicy.Validate(labels, errors);
        var before = NamespacePolicy.Of(write.State?.Header.Labels ?? ImmutableDictionary<string, string>.Empty);
        if (errors.Any && (write.State is null || !JsonNode.DeepEquals(write.Current!["metadata"]!["labels"], write.Object["metadata"]!["labels"])))
        {
            return ApiStatus.Invalid("", "Namespace", write.Command.Key.Name, errors.Causes);
        }
        var policy = NamespacePolicy.Of(labels);
        if (write.State is null || policy.Enforce.Level <= before.Enforce.Level) return default;
        ImmutableArray<string> broken =
        [
            .. view.List(Pods, write.Command.Key.Name)
                .Select(pod => (pod.Key.Name, Tree: pod.ToJsonObject()))
                .Select(pod => (pod.Name, Faults: SecurityStandards.Faults(policy.Enforce.Level, pod.Tree.Child("metadata"), pod.Tree.Child("spec") ?? [])))
                .Where(pod => !pod.Faults.IsEmpty).Take(MostNamed).Select(pod => $"{pod.Name}: {string.Join(", ", pod.Faults)}"),
        ];
        return broken.IsEmpty ? default : new() { Notes = WriteNotes.Warning([$"existing pods in namespace \"{write.Command.Key.Name}\" violate the new PodSecurity enforce level \"{policy.Enforce}\"", .. broken]) };
    }
}
