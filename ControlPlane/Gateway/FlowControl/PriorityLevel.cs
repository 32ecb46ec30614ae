using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>How requests of a level wait for each other.</summary>
/// <param name="Queues">How many lines there are.</param>
/// <param name="HandSize">Of how many of them a flow takes the shortest.</param>
/// <param name="LengthLimit">How many requests one line holds.</param>
internal readonly record struct Queuing(int Queues, int HandSize, int LengthLimit);

/// <summary>What the gateway reads of a PriorityLevelConfiguration, parsed once per version.</summary>
internal sealed record PriorityLevel
{
    /// <summary>The resource they are stored as.</summary>
    public static readonly GroupResource Resource = new("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations");

    public required string Name { get; init; }

    /// <summary>Empty for one that is not stored.</summary>
    public required string Uid { get; init; }

    /// <summary>Whether its requests never wait.</summary>
    public required bool IsExempt { get; init; }

    /// <summary>Its share of the server's seats, in proportion to those of the other levels.</summary>
    public required int Shares { get; init; }

    /// <summary>How much of its seats others may use while it does not.</summary>
    public required int LendablePercent { get; init; }

    /// <summary>How much it may use of others', of its own number; null: whatever they lend.</summary>
    public required int? BorrowingLimitPercent { get; init; }

    /// <summary>Null if a request that finds no seat is refused.</summary>
    public required Queuing? Queuing { get; init; }

    public static PriorityLevel Of(StoredObject level) => level.Project(static stored => Read(stored));

    // Levels were kept as they came before they meant anything: what can't be is read as the nearest that can.
    private static PriorityLevel Read(StoredObject stored)
    {
        var spec = ObjectLimits.ParseElement(stored.Json).At("spec");
        var isExempt = spec.Text("type") == "Exempt";
        var numbers = spec.At(isExempt ? "exempt" : "limited");
        var response = numbers.At("limitResponse");
        var queuing = response.At("queuing");
        return new()
        {
            Name = stored.Key.Name,
            Uid = stored.Uid,
            IsExempt = isExempt,
            Shares = Math.Max(0, numbers.Int("nominalConcurrencyShares", isExempt ? 0 : FlowDefaults.Shares)),
            LendablePercent = Math.Clamp(numbers.Int("lendablePercent"), 0, 100),
            BorrowingLimitPercent = numbers.Number("borrowingLimitPercent") is { } limit ? (int)Math.Clamp(limit, 0, int.MaxValue) : null,
            Queuing = response.Text("type") == "Queue"
                ? new(Math.Max(1, queuing.Int("queues", FlowDefaults.Queues)), Math.Max(1, queuing.Int("handSize", FlowDefaults.HandSize)), Math.Max(1, queuing.Int("queueLengthLimit", FlowDefaults.QueueLengthLimit)))
                : null,
        };
    }
}
