using System.Text.Json;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Scheduling;

/// <summary>
/// What a pod reserves: all containers and sidecars together, or what its init phase needs at its worst moment, whichever is more, plus
/// overhead. A sidecar is an init container with restartPolicy Always: from its turn on it runs beside everything that follows.
/// A resource with a limit but no request counts its limit.
/// </summary>
internal static class PodRequests
{
    private const long DefaultMilliCpu = 100;
    private const long DefaultMemory = 200L * 1024 * 1024;

    public static bool IsSidecar(JsonElement initContainer) => initContainer.Text("restartPolicy") == "Always";

    public static ResourceAmounts Of(JsonElement spec)
    {
        var running = ResourceAmounts.None;
        foreach (var container in spec.Objects("containers")) running = running.Plus(Amounts(container));
        var (sidecars, starting) = (ResourceAmounts.None, ResourceAmounts.None);
        foreach (var container in spec.Objects("initContainers"))
        {
            var asked = Amounts(container);
            if (IsSidecar(container)) sidecars = sidecars.Plus(asked);
            starting = starting.Max(IsSidecar(container) ? sidecars : sidecars.Plus(asked));
        }
        var total = running.Plus(sidecars).Max(starting);
        return spec.Child("overhead") is { } overhead ? total.Plus(Read(overhead, default)) : total;
    }

    public static long ScoredMilliCpu(JsonElement spec) => Scored(spec, container => Amounts(container).MilliCpu is var asked and > 0 ? asked : DefaultMilliCpu)
        + (spec.Child("overhead") is { } overhead ? Read(overhead, default).MilliCpu : 0);

    public static long ScoredMemory(JsonElement spec) => Scored(spec, container => Amounts(container).Memory is var asked and > 0 ? asked : DefaultMemory)
        + (spec.Child("overhead") is { } overhead ? Read(overhead, default).Memory : 0);

    private static long Scored(JsonElement spec, Func<JsonElement, long> asked)
    {
        var (running, sidecars, starting) = (0L, 0L, 0L);
        foreach (var container in spec.Objects("containers")) running += asked(container);
        foreach (var container in spec.Objects("initContainers"))
        {
            if (IsSidecar(container)) sidecars += asked(container);
            starting = Math.Max(starting, IsSidecar(container) ? sidecars : sidecars + asked(container));
        }
        return Math.Max(running + sidecars, starting);
    }

    private static ResourceAmounts Amounts(JsonElement container)
    {
        var resources = container.At("resources");
        return resources.ValueKind == JsonValueKind.Object ? Read(resources.At("requests"), resources.At("limits")) : ResourceAmounts.None;
    }

    /// <summary>A map of resource names to quantities, with those of <paramref name="otherwise"/> for the names it does not have.</summary>
    public static ResourceAmounts Read(JsonElement amounts, JsonElement otherwise)
    {
        var (cpu, memory, storage) = (0L, 0L, 0L);
        List<ExtendedAmount>? extended = null;
        Add(amounts, default);
        Add(otherwise, amounts);
        extended?.Sort((x, y) => string.CompareOrdinal(x.Name, y.Name));
        return new(cpu, memory, storage, extended is null ? [] : [.. extended]);

        void Add(JsonElement source, JsonElement known)
        {
            if (source.ValueKind != JsonValueKind.Object) return;
            foreach (var amount in source.EnumerateObject())
            {
                if (known.ValueKind == JsonValueKind.Object && known.TryGetProperty(amount.Name, out _)) continue;
                var text = amount.Value.ValueKind switch { JsonValueKind.String => amount.Value.GetString(), JsonValueKind.Number => amount.Value.GetRawText(), _ => null };
                switch (amount.Name)
                {
                    case "cpu": Quantities.TryParseMilli(text, out cpu); break;
                    case "memory": Quantities.TryParseValue(text, out memory); break;
                    case "ephemeral-storage": Quantities.TryParseValue(text, out storage); break;
                    case "pods": break;
                    default:
                        if (Quantities.TryParseValue(text, out var value) && value > 0) (extended ??= []).Add(new(amount.Name, value));
                        break;
                }
            }
        }
    }
}
