using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>How PriorityLevelConfigurations are written.</summary>
internal sealed class PriorityLevelStrategy : KindStrategy
{
    private const int MostQueues = 10_000_000;

    // All hands together must be told apart by a number of 64 bits, with some to spare.
    private const double MostBits = 60;
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        var spec = @object.Child("spec");
        if (spec.Child("exempt") is { } exempt)
        {
            exempt.Default("nominalConcurrencyShares", 0);
            exempt.Default("lendablePercent", 0);
        }
        if (spec.Child("limited") is not { } limited) return;
        limited.Default("nominalConcurrencyShares", FlowDefaults.Shares);
        limited.Default("lendablePercent", 0);
        if (limited.Child("limitResponse") is not { } response || response.Text("type") != "Queue") return;
        var queuing = response.DefaultChild("queuing");
        queuing.Default("queues", FlowDefaults.Queues);
        queuing.Default("handSize", FlowDefaults.HandSize);
        queuing.Default("queueLengthLimit", FlowDefaults.QueueLengthLimit);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (spec, name) = (@object.Child("spec"), @object.Metadata().Text("name"));
        var type = spec.Text("type");
        if (name == BuiltInFlows.CatchAll && !JsonNode.DeepEquals(spec, BuiltInFlows.FixedSpec(PriorityLevel.Resource, name)))
        {
            errors.Invalid(Spec, spec?.DeepClone(), $"spec of '{name}' must equal the fixed value");
        }
        FieldRules.OneOf(spec, "type", Spec, errors, "Exempt", "Limited");
        if (type.Length > 0 && (type == "Exempt") != (name == BuiltInFlows.Exempt)) errors.Invalid(Spec.Child("type"), type, "must be 'Exempt' if and only if the name is 'exempt'");
        var (exempt, limited) = (spec.Child("exempt"), spec.Child("limited"));
        if (type == "Exempt" && limited is not null) errors.Forbidden(Spec.Child("limited"), "must be nil if the type is not Limited");
        if (type == "Limited" && exempt is not null) errors.Forbidden(Spec.Child("exempt"), "must be nil if the type is Limited");
        if (type == "Limited" && limited is null) errors.Required(Spec.Child("limited"), "must not be empty when type is Limited");
        if (exempt is not null) ValidateSeats(exempt, Spec.Child("exempt"), errors);
        if (limited is null) return;
        var path = Spec.Child("limited");
        ValidateSeats(limited, path, errors);
        FieldRules.NotNegative(limited, "borrowingLimitPercent", path, errors);
        ValidateResponse(limited.Child("limitResponse"), path.Child("limitResponse"), errors);
    }

    private static void ValidateSeats(JsonObject numbers, FieldPath path, FieldErrors errors)
    {
        FieldRules.NotNegative(numbers, "nominalConcurrencyShares", path, errors);
        FieldRules.Between(numbers, "lendablePercent", 0, 100, path, errors);
    }

    private static void ValidateResponse(JsonObject? response, FieldPath path, FieldErrors errors)
    {
        FieldRules.Required(response, "type", path, errors);
        FieldRules.OneOf(response, "type", path, errors, "Queue", "Reject");
        var queuing = response.Child("queuing");
        if (response.Text("type") == "Reject" && queuing is not null) errors.Forbidden(path.Child("queuing"), "must be nil if limited.limitResponse.type is not Limited");
        if (response.Text("type") != "Queue" || queuing is null) return;
        var at = path.Child("queuing");
        FieldRules.Between(queuing, "queues", 1, MostQueues, at, errors);
        FieldRules.Between(queuing, "queueLengthLimit", 1, int.MaxValue, at, errors);
        var (queues, hand) = (queuing.Number("queues") ?? 0, queuing.Number("handSize") ?? 0);
        if (hand < 1) errors.Invalid(at.Child("handSize"), hand, "must be positive");
        else if (queues is > 0 and <= MostQueues)
        {
            if (hand > queues) errors.Invalid(at.Child("handSize"), hand, $"should not be greater than queues ({queues})");
            else if (Bits(queues, hand) is > MostBits and var bits) errors.Invalid(at.Child("handSize"), hand, $"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {MostBits} (was {Math.Ceiling(bits)})");
        }
    }

    private static double Bits(long queues, long hand)
    {
        var bits = 0.0;
        for (var i = 0; i < hand && bits <= MostBits; i++) bits += Math.Log2(queues - i);
        return bits;
    }
}
