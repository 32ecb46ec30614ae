using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Webhooks;

/// <summary>All webhooks of one moment, in the order they are asked: by the names of their configurations, then as they stand there. Immutable.</summary>
internal sealed class WebhookSet
{
    /// <summary>What a step may take in all, however many webhooks it asks and however long each of them may take.</summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(30);

    private readonly ImmutableSortedSet<StoredObject> _mutatingOf;
    private readonly ImmutableSortedSet<StoredObject> _validatingOf;

    public WebhookSet(ImmutableSortedSet<StoredObject> mutatingOf, ImmutableSortedSet<StoredObject> validatingOf, ImmutableArray<Webhook> mutating, ImmutableArray<Webhook> validating)
    {
        (_mutatingOf, _validatingOf) = (mutatingOf, validatingOf);
        (Mutating, Validating) = (mutating, validating);
        Services = [.. mutating.Concat(validating).Select(webhook => webhook.Service).OfType<WebhookService>().Select(service => new ObjectKey("", "services", service.Namespace, service.Name))];

        // One after the other, and once more where they want that; the others all at once.
        MutatingTime = Least(mutating.Aggregate(TimeSpan.Zero, (sum, webhook) => sum + (webhook.AskAgain ? 2 * webhook.Timeout : webhook.Timeout)));
        ValidatingTime = Least(validating.Select(webhook => webhook.Timeout).DefaultIfEmpty().Max());
    }

    public ImmutableArray<Webhook> Mutating { get; }
    public ImmutableArray<Webhook> Validating { get; }

    /// <summary>The Services that webhooks stand behind.</summary>
    public ImmutableHashSet<ObjectKey> Services { get; }

    /// <summary>How long the mutating ones may take for one write.</summary>
    public TimeSpan MutatingTime { get; }

    /// <summary>How long the validating ones may take for one write.</summary>
    public TimeSpan ValidatingTime { get; }

    /// <summary>Whether it was made of these.</summary>
    public bool IsOf(ImmutableSortedSet<StoredObject> mutatingOf, ImmutableSortedSet<StoredObject> validatingOf) =>
        ReferenceEquals(_mutatingOf, mutatingOf) && ReferenceEquals(_validatingOf, validatingOf);

    private static TimeSpan Least(TimeSpan time) => time < LongestStep ? time : LongestStep;
}
