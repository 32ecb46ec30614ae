using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// The webhooks there are, read from their configurations when these have changed and at no other time: to find out that nothing has costs two look-ups. Webhooks of a configuration that stayed as
/// it was keep their connections. Thread-safe.
/// </summary>
public sealed class WebhookIndex
{
    internal static readonly GroupResource MutatingConfigurations = new("admissionregistration.k8s.io", "mutatingwebhookconfigurations");
    internal static readonly GroupResource ValidatingConfigurations = new("admissionregistration.k8s.io", "validatingwebhookconfigurations");
    private readonly IObjectView _view;
    private readonly IMatchConditions _language;
    private readonly Func<WebhookAddress, IWebhookLine> _lines;
    private readonly Lock _gate = new();
    private readonly Dictionary<StoredObject, ImmutableArray<Webhook>> _read = [];
    private WebhookSet _set = new(ImmutableSortedSet<StoredObject>.Empty, ImmutableSortedSet<StoredObject>.Empty, [], []);

    /// <param name="view">The local watch cache.</param>
    /// <param name="time">By which patience is counted.</param>
    public WebhookIndex(IObjectView view, TimeProvider time)
        : this(view, MatchLanguage.Current, address => new WebhookLine(address, new ServiceEndpoints(view), time))
    {
    }

    internal WebhookIndex(IObjectView view, IMatchConditions language, Func<WebhookAddress, IWebhookLine> lines) => (_view, _language, _lines) = (view, language, lines);

    /// <summary>How much longer than without webhooks a write may take.</summary>
    public TimeSpan LongestWait => Current is var set ? set.MutatingTime + set.ValidatingTime : default;

    /// <summary>As the configurations are now.</summary>
    internal WebhookSet Current
    {
        get
        {
            var set = Volatile.Read(ref _set);
            return set.IsOf(_view.List(MutatingConfigurations).Objects, _view.List(ValidatingConfigurations).Objects) ? set : Renew();
        }
    }

    private WebhookSet Renew()
    {
        lock (_gate)
        {
            var (mutating, validating) = (_view.List(MutatingConfigurations).Objects, _view.List(ValidatingConfigurations).Objects);
            if (_set.IsOf(mutating, validating)) return _set;
            var there = mutating.Concat(validating).ToHashSet();
            foreach (var gone in _read.Keys.Where(known => !there.Contains(known)).ToArray())
            {
                foreach (var webhook in _read[gone]) webhook.Retire();
                _read.Remove(gone);
            }
            var set = new WebhookSet(mutating, validating, [.. mutating.SelectMany(configuration => Read(configuration))], [.. validating.SelectMany(configuration => Read(configuration))]);
            Volatile.Write(ref _set, set);
            return set;
        }
    }

    private ImmutableArray<Webhook> Read(StoredObject configuration)
    {
        if (_read.TryGetValue(configuration, out var known)) return known;
        return _read[configuration] = [.. configuration.ToJsonObject().Objects("webhooks").Select(webhook => Webhook.Read(configuration.Key.Name, webhook, _language, _lines))];
    }
}
