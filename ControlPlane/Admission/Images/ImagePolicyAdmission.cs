using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Images.Signatures;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Images;

/// <summary>
/// Holds pods to the ImagePolicies of their namespace: a pod that an enforced one does not allow is refused; of the others, and of templates of pods, who writes is told, or the audit log has it. Only images
/// that a write brings are looked at: pods that run go on whatever policies say later. Where there is no policy a write pays one look-up.
/// </summary>
internal sealed class ImagePolicyAdmission(IObjectView view, IImageSignatures signatures) : IAdmissionStep
{
    /// <summary>Under what the audit log has what policies that audit found.</summary>
    public const string Annotation = $"{ImagePolicyKind.Group}/image-violations";

    // A pod may have hundreds of containers, and an answer is read by people.
    private const int MostTold = 10;

    // None of these writes a spec. What else there may be is looked at.
    private static readonly string[] WithoutImages = ["status", "scale", "binding", "eviction"];

    /// <inheritdoc/>
    public string Name => "ImagePolicy";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) =>
        write.Operation is not WriteOperation.Delete && !WithoutImages.Contains(write.Subresource) && PodPlace.In(write.Kind) is { } place
        && view.List(ImagePolicy.Resource, write.Command.Key.Namespace).Count > 0 && (place.Length == 0 || !IsControlled(write.Object));

    /// <inheritdoc/>
    public async ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        string[] path = [.. PodPlace.In(write.Kind)!, "spec"];
        var place = path.Skip(1).Aggregate(FieldPath.Of(path[0]), (at, member) => at.Child(member));
        var spec = write.Object.Child(path);
        var uses = ImageUse.New(ImageUse.Of(spec, place), ImageUse.Of(write.Current.Child(path), place));
        if (uses.IsEmpty) return default;
        var verdict = ImageVerdict.Of(ImagePolicy.In(view, write.Command.Key.Namespace), uses);
        var faults = verdict.Faults;

        // What is refused anyway is not asked about.
        if (!faults.Any(fault => fault.Enforcement == Enforcement.Enforce)) faults = faults.AddRange(await Unsigned(write.Command.Key.Namespace, spec!, verdict.Open, stop));
        return faults.IsEmpty ? default : Outcome(write.Command.Key, path.Length == 1, faults);
    }

    private async ValueTask<ImmutableArray<ImageFault>> Unsigned(string @namespace, JsonObject spec, ImmutableArray<OpenDemand> open, CancellationToken stop)
    {
        var asked = new Dictionary<(string Image, SignatureDemand Demand), Task<string?>>();
        foreach (var demand in open)
        {
            // Many containers of one image are one question.
            if (asked.ContainsKey(Key(demand))) continue;
            var question = new SignatureQuestion(@namespace, demand.Image, demand.Rule.Signatures!, PodPullSecrets.For(view, @namespace, spec, demand.Image.Registry));
            asked[Key(demand)] = signatures.Fault(question, stop).AsTask();
        }
        var faults = ImmutableArray.CreateBuilder<ImageFault>();
        foreach (var demand in open)
        {
            if (await asked[Key(demand)] is { } why) faults.Add(demand.Unmet(why));
        }
        return faults.ToImmutable();

        static (string, SignatureDemand) Key(OpenDemand demand) => ($"{demand.Image.Name}@{demand.Image.Digest}", demand.Rule.Signatures!);
    }

    private static AdmissionOutcome Outcome(in ObjectKey key, bool isPod, ImmutableArray<ImageFault> faults)
    {
        var audited = Of(Enforcement.Audit);
        var annotations = audited.Length == 0 ? ImmutableDictionary<string, string>.Empty : ImmutableDictionary<string, string>.Empty.Add(Annotation, string.Join("; ", Told(audited)));
        var refused = Of(Enforcement.Enforce);
        if (isPod && refused.Length > 0)
        {
            return new(ApiStatus.Forbidden($"pods \"{key.Name}\" is forbidden: {string.Join("; ", Told(refused))}") with
            {
                Name = key.Name,
                Kind = key.Resource,
                Causes = [.. refused.Take(MostTold).Select(fault => new StatusCause("FieldValueForbidden", $"Forbidden: {fault.Why}", fault.Use.Field))],
            })
            {
                Notes = new() { Annotations = annotations },
            };
        }
        ImmutableArray<string> warnings =
        [
            .. Told(refused).Select(fault => $"pods of this template would be refused: {fault}"),
            .. Told(Of(Enforcement.Warn)).Select(fault => $"would violate an image policy: {fault}"),
        ];
        return new() { Notes = new() { Warnings = warnings, Annotations = annotations } };

        ImageFault[] Of(Enforcement enforcement) => [.. faults.Where(fault => fault.Enforcement == enforcement)];
    }

    private static IEnumerable<string> Told(ImageFault[] faults) =>
        faults.Length <= MostTold ? faults.Select(fault => fault.ToString()) : faults.Take(MostTold).Select(fault => fault.ToString()).Append($"and {faults.Length - MostTold} more images");

    // What a controller makes of a template was told to who wrote the template.
    private static bool IsControlled(JsonObject @object) => @object.Objects("metadata", "ownerReferences").Any(owner => owner.Flag("controller") == true);
}
