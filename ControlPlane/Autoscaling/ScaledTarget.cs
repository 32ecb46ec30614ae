using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>What an autoscaler reads of the object it scales: its Scale.</summary>
/// <param name="Replicas">How many it is to have.</param>
/// <param name="Present">How many it says it has.</param>
internal sealed record ScaledTarget(StoredObject Stored, long Replicas, long Present, LabelSelector Selector)
{
    /// <summary>Finds the target; the text says why there is none.</summary>
    public static (ScaledTarget? Target, string Fault) Find(AutoscalerState scaler, IKinds kinds, IObjectView view)
    {
        var (version, kind, name) = scaler.Target;
        var (group, number) = version.LastIndexOf('/') is >= 0 and var slash ? (version[..slash], version[(slash + 1)..]) : ("", version);
        if (kinds.FindKind(group, number, kind) is not { } known) return (null, $"no matches for kind \"{kind}\" in version \"{version}\"");
        if (!known.HasScale || !known.Namespaced) return (null, $"{kind} has no scale subresource");
        var key = new ObjectKey(known.Storage.Group, known.Storage.Resource, scaler.Stored.Key.Namespace, name);
        return view.Get(key) is { } found ? (Read(found, known.Scale), "") : (null, ApiStatus.NotFound(key).Message);
    }

    private static ScaledTarget Read(StoredObject stored, ScalePaths paths)
    {
        var tree = stored.ToJsonObject();
        var selector = tree.At(paths.Selector.AsSpan());
        return new(stored, tree.Number(paths.Replicas.AsSpan()) ?? 1, tree.Number(paths.Present.AsSpan()) ?? 0,
            stored.Key.Group.Length == 0 ? LabelSelector.FromMap(selector.TextMap())
            : selector.TextOf() is { } text ? LabelSelector.TryParse(text, out var parsed, out _) ? parsed : LabelSelector.Nothing : LabelSelector.From(selector));
    }
}
