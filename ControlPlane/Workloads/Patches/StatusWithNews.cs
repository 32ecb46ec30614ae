using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Patches;

/// <summary>Replaces <c>status</c>, and carries what users are to be told once that is stored.</summary>
public sealed record StatusWithNews(JsonBytes Status, ImmutableArray<StatusNews> News) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        current["status"] = Status.ToJsonObject();
        return current;
    }
}

/// <summary>An event about the object whose status says so.</summary>
public sealed record StatusNews(string Type, string Reason, string Message);
