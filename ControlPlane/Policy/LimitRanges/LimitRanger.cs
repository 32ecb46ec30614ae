using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.LimitRanges;

/// <summary>
/// Holds pods and claims to the LimitRanges of their namespace, by Kubernetes' plug-in of this name. Asked twice of each: first it gives containers the requests and limits that they do not
/// name, and at the end, when others have had their say, it refuses what is too much, too little, or too far apart.
/// </summary>
/// <param name="phase">Which of the two this is.</param>
public sealed class LimitRanger(AdmissionPhase phase, IObjectView view) : IAdmissionStep
{
    private const string Annotation = "kubernetes.io/limit-ranger";
    private static readonly GroupResource Ranges = new("", "limitranges");

    /// <inheritdoc/>
    public string Name => nameof(LimitRanger);

    /// <inheritdoc/>
    public AdmissionPhase Phase => phase;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) =>
        write.Subresource.Length == 0 && write.Kind.Group.Length == 0
        && ((write.Kind.Plural == "pods" && write.State is null) || (write.Kind.Plural == "persistentvolumeclaims" && phase == AdmissionPhase.Validating && write.Operation is not WriteOperation.Delete))
        && view.List(Ranges).Objects.Count > 0;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        ImmutableArray<Limit> limits = [.. view.List(Ranges, write.Command.Key.Namespace).SelectMany(range => Limit.Of(range))];
        if (limits.IsEmpty || write.Object.Child("spec") is not { } spec) return new(default(AdmissionOutcome));
        if (phase == AdmissionPhase.Mutating) return new(Fill(write.Object, spec, limits) ? AdmissionOutcome.Changed : default);
        var faults = new List<string>();
        foreach (var limit in limits) Judge(limit, write.Kind.Plural == "pods", spec, faults);
        if (faults.Count == 0) return new(default(AdmissionOutcome));
        var key = write.Command.Key;
        var why = faults.Count == 1 ? faults[0] : $"[{string.Join(", ", faults)}]";
        return new(ApiStatus.Forbidden($"{key.Resource} \"{key.Name}\" is forbidden: {why}") with { Name = key.Name, Kind = key.Resource });
    }

    private static bool Fill(JsonObject pod, JsonObject spec, ImmutableArray<Limit> limits)
    {
        var notes = new List<string>();
        foreach (var (list, what) in new[] { ("containers", "container"), ("initContainers", "init container") })
        {
            foreach (var container in spec.Objects(list))
            {
                // A limit of its own is what it asks for: Kubernetes makes it the request too, and no default comes between.
                var own = container.Child("resources", "limits")?.Select(entry => entry.Key).ToHashSet() ?? [];
                var requests = Add(container, "requests", limits.Where(limit => limit.Type == "Container").SelectMany(limit => limit.DefaultRequest).Where(entry => !own.Contains(entry.Key)));
                var bounds = Add(container, "limits", limits.Where(limit => limit.Type == "Container").SelectMany(limit => limit.Default));
                if (requests.Count > 0) notes.Add($"{string.Join(", ", requests)} request for {what} {container.Text("name")}");
                if (bounds.Count > 0) notes.Add($"{string.Join(", ", bounds)} limit for {what} {container.Text("name")}");
            }
        }
        if (notes.Count == 0) return false;
        pod.Metadata().DefaultChild("annotations")[Annotation] = $"LimitRanger plugin set: {string.Join("; ", notes)}";
        return true;
    }

    private static List<string> Add(JsonObject container, string part, IEnumerable<KeyValuePair<string, string>> defaults)
    {
        var added = new List<string>();
        foreach (var (resource, amount) in defaults)
        {
            if (container.Has("resources", part, resource)) continue;
            container.DefaultChild("resources").DefaultChild(part)[resource] = amount;
            added.Add(resource);
        }
        added.Sort(StringComparer.Ordinal);
        return added;
    }

    private static void Judge(Limit limit, bool isPod, JsonObject spec, List<string> faults)
    {
        switch (limit.Type)
        {
            case "Container" when isPod:
                foreach (var container in spec.Objects("initContainers").Concat(spec.Objects("containers")))
                {
                    Judge(limit, resource => ResourceUse.Of(container, "requests", resource), resource => ResourceUse.Of(container, "limits", resource), faults);
                }
                break;
            case "Pod" when isPod:
                Judge(limit, resource => ResourceUse.OfPod(spec, "requests", resource), resource => ResourceUse.OfPod(spec, "limits", resource), faults);
                break;
            case "PersistentVolumeClaim" when !isPod:
                foreach (var (resource, least) in limit.Min) AtLeast(limit, resource, least, ResourceUse.Of(spec, "requests", resource), null, faults);
                foreach (var (resource, most) in limit.Max)
                {
                    var asked = ResourceUse.Of(spec, "requests", resource);
                    if (asked is null) faults.Add($"maximum {resource} usage per {limit.Type} is {most}.  No request is specified");
                    else if (asked > ResourceUse.Read(resource, most)) faults.Add($"maximum {resource} usage per {limit.Type} is {most}, but request is {Show(resource, asked.Value)}");
                }
                break;
        }
    }

    private static void Judge(Limit limit, Func<string, long?> requests, Func<string, long?> limits, List<string> faults)
    {
        foreach (var (resource, least) in limit.Min) AtLeast(limit, resource, least, requests(resource), limits(resource), faults);
        foreach (var (resource, most) in limit.Max)
        {
            var (bound, asked, allowed) = (limits(resource), requests(resource), ResourceUse.Read(resource, most));
            if (bound is null) faults.Add($"maximum {resource} usage per {limit.Type} is {most}.  No limit is specified");
            else if (bound > allowed) faults.Add($"maximum {resource} usage per {limit.Type} is {most}, but limit is {Show(resource, bound.Value)}");
            if (asked > allowed) faults.Add($"maximum {resource} usage per {limit.Type} is {most}, but request is {Show(resource, asked.Value)}");
        }
        foreach (var (resource, most) in limit.MaxRatio)
        {
            var (bound, asked) = (limits(resource), requests(resource));
            if (asked is null or 0) faults.Add($"{resource} max limit to request ratio per {limit.Type} is {most}, but no request is specified or request is 0");
            else if (bound is null or 0) faults.Add($"{resource} max limit to request ratio per {limit.Type} is {most}, but no limit is specified or limit is 0");
            else if (Quantities.TryParseMilli(most, out var allowed) && bound.Value * 1000m / asked.Value > allowed)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{resource} max limit to request ratio per {limit.Type} is {most}, but provided ratio is {(double)bound.Value / asked.Value:0.000000}"));
            }
        }
    }

    private static void AtLeast(Limit limit, string resource, string least, long? asked, long? bound, List<string> faults)
    {
        var allowed = ResourceUse.Read(resource, least);
        if (asked is null) faults.Add($"minimum {resource} usage per {limit.Type} is {least}.  No request is specified");
        else if (asked < allowed) faults.Add($"minimum {resource} usage per {limit.Type} is {least}, but request is {Show(resource, asked.Value)}");
        if (bound < allowed) faults.Add($"minimum {resource} usage per {limit.Type} is {least}, but limit is {Show(resource, bound.Value)}");
    }

    // As a number of whole units, or of thousandths of a processor.
    private static string Show(string resource, long amount)
    {
        if (resource is "memory" or "storage" or "ephemeral-storage") return Quantities.OfBytes(amount);
        return resource == "cpu" && Quantities.TryCanonical($"{amount}m", out var canonical) ? canonical : amount.ToString(CultureInfo.InvariantCulture);
    }
}
