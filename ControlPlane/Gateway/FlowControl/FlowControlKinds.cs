using System.Collections.Immutable;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Api;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>Flow schemas and priority levels: whose requests wait for whose.</summary>
internal static class FlowControlKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        KindOf.Cluster<V1FlowSchema>() with
        {
            HasStatus = true,
            Strategy = new FlowSchemaStrategy(),
            Behaviour = EntityBehaviour.Of(FlowSchemaActor.Props) with { WakeRules = [new FlowSchemaWakeRule()] },
            Columns =
            [
                Name,
                Field("PriorityLevel", None, "spec", "priorityLevelConfiguration", "name"),
                Count("MatchingPrecedence", "spec", "matchingPrecedence"),
                Field("DistinguisherMethod", None, "spec", "distinguisherMethod", "type"),
                Age,
                Text("MissingPL", schema => Or(Conditions.Find(schema["status"], "Dangling")?.Status ?? "", "?")),
            ],
        },
        KindOf.Cluster<V1PriorityLevelConfiguration>() with
        {
            HasStatus = true,
            Rules = [FieldRule.Required("spec.type")],
            Strategy = new PriorityLevelStrategy(),
            Columns =
            [
                Name,
                Field("Type", "", "spec", "type"),
                Field("NominalConcurrencyShares", None, "spec", "limited", "nominalConcurrencyShares"),
                Field("Queues", None, "spec", "limited", "limitResponse", "queuing", "queues"),
                Field("HandSize", None, "spec", "limited", "limitResponse", "queuing", "handSize"),
                Field("QueueLengthLimit", None, "spec", "limited", "limitResponse", "queuing", "queueLengthLimit"),
                Age,
            ],
        },
    ];
}
