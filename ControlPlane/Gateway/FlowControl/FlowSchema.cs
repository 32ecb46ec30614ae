using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Access;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>What makes requests of one schema different flows.</summary>
internal enum FlowDistinguisher : byte { None, User, Namespace }

/// <summary>What the gateway reads of a FlowSchema, parsed once per version: which requests belong to it, and to which level they go.</summary>
internal sealed record FlowSchema
{
    /// <summary>The resource they are stored as.</summary>
    public static readonly GroupResource Resource = new("flowcontrol.apiserver.k8s.io", "flowschemas");

    public required string Name { get; init; }

    /// <summary>Empty for one that is not stored.</summary>
    public required string Uid { get; init; }

    /// <summary>Of several that a request belongs to, the one with the least has it; of two with the same, the one whose name comes first.</summary>
    public required int Precedence { get; init; }

    /// <summary>The name of the priority level.</summary>
    public required string Level { get; init; }
    public required FlowDistinguisher Distinguisher { get; init; }
    public required ImmutableArray<FlowRule> Rules { get; init; }

    /// <summary>The status as it is stored.</summary>
    public required JsonElement Status { get; init; }

    public static FlowSchema Of(StoredObject schema) => schema.Project(static stored => Read(stored));

    /// <summary>Whether a request belongs to it.</summary>
    public bool Has(UserInfo user, RequestInfo request) => Rules.Any(rule => rule.Has(user, request));

    private static FlowSchema Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var spec = root.At("spec");
        return new()
        {
            Name = stored.Key.Name,
            Uid = stored.Uid,
            Precedence = spec.Int("matchingPrecedence", FlowDefaults.Precedence),
            Level = spec.Text("priorityLevelConfiguration", "name"),
            Distinguisher = spec.Text("distinguisherMethod", "type") switch
            {
                "ByUser" => FlowDistinguisher.User,
                "ByNamespace" => FlowDistinguisher.Namespace,
                _ => FlowDistinguisher.None,
            },
            Rules = [.. spec.Objects("rules").Select(FlowRule.Read)],
            Status = root.At("status"),
        };
    }
}
