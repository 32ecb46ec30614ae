using System.Collections.Immutable;
using ControlPlane.Access;
using ControlPlane.Objects;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>
/// All flow schemas and priority levels of one moment, in the order in which they are asked. Immutable. The schemas and levels <c>exempt</c> and <c>catch-all</c> hold also while nobody has
/// stored them; a schema whose level is missing has no requests.
/// </summary>
internal sealed class FlowSettings
{
    private readonly ImmutableSortedSet<StoredObject> _schemas;
    private readonly ImmutableSortedSet<StoredObject> _levels;
    private readonly ImmutableArray<(FlowSchema Schema, PriorityLevel Level)> _order;
    private readonly (FlowSchema Schema, PriorityLevel Level) _rest;

    /// <summary>Reads all that a view shows.</summary>
    public FlowSettings(IObjectView view)
    {
        (_schemas, _levels) = (view.List(FlowSchema.Resource).Objects, view.List(PriorityLevel.Resource).Objects);
        var levels = _levels.Select(PriorityLevel.Of).ToDictionary(level => level.Name, StringComparer.Ordinal);
        foreach (var always in BuiltInFlows.MandatoryLevels) levels.TryAdd(always.Name, always);
        var schemas = _schemas.Select(FlowSchema.Of).ToDictionary(schema => schema.Name, StringComparer.Ordinal);
        foreach (var always in BuiltInFlows.MandatorySchemas) schemas.TryAdd(always.Name, always);
        Levels = [.. levels.Values];
        _order =
        [
            .. schemas.Values
                .Where(schema => levels.ContainsKey(schema.Level))
                .OrderBy(schema => schema.Precedence).ThenBy(schema => schema.Name, StringComparer.Ordinal)
                .Select(schema => (schema, levels[schema.Level])),
        ];
        _rest = (schemas[BuiltInFlows.CatchAll], levels[BuiltInFlows.CatchAll]);
    }

    /// <summary>The levels, in no order.</summary>
    public ImmutableArray<PriorityLevel> Levels { get; }

    /// <summary>Whether nothing it is made of has changed.</summary>
    public bool IsCurrent(IObjectView view) => ReferenceEquals(view.List(FlowSchema.Resource).Objects, _schemas) && ReferenceEquals(view.List(PriorityLevel.Resource).Objects, _levels);

    /// <summary>The schema that a request belongs to, and its level.</summary>
    public (FlowSchema Schema, PriorityLevel Level) Find(UserInfo user, RequestInfo request)
    {
        foreach (var candidate in _order)
        {
            if (candidate.Schema.Has(user, request)) return candidate;
        }
        return _rest;
    }
}
