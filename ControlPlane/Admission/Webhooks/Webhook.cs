using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Selectors;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>A Service that a webhook is reached through.</summary>
internal sealed record WebhookService(string Namespace, string Name, int Port);

/// <summary>One webhook of a configuration, made ready to be asked. Its connections are closed by <see cref="Retire"/> and by nothing else.</summary>
internal sealed record Webhook
{
    /// <summary>The configuration's name and the webhook's, which are shown where both are of interest.</summary>
    public required string Configuration { get; init; }
    public required string Name { get; init; }

    public ImmutableArray<WebhookRule> Rules { get; init; } = [];

    /// <summary>Whether writes by other versions of a kind are meant, too.</summary>
    public bool MeansEquivalents { get; init; } = true;

    /// <summary>Null where every namespace, or object, is selected.</summary>
    public LabelSelector? Namespaces { get; init; }
    public LabelSelector? Objects { get; init; }
    public required MatchConditions Conditions { get; init; }

    /// <summary>How long one answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a write goes on when the webhook does not answer as it should.</summary>
    public bool MayFail { get; init; }

    /// <summary>Whether it may be asked again about what others have changed after it.</summary>
    public bool AskAgain { get; init; }

    /// <summary>Whether it leaves nothing behind when it is asked about a dry run.</summary>
    public bool TakesDryRuns { get; init; }

    /// <summary>The Service it stands behind; null where it has a URL.</summary>
    public WebhookService? Service { get; init; }

    public required IWebhookLine Line { get; init; }

    /// <summary>Reads a webhook as it is stored.</summary>
    /// <param name="configuration">The configuration it is of.</param>
    /// <param name="webhook">Defaulted and valid.</param>
    /// <param name="language">Of its match conditions.</param>
    /// <param name="lines">Makes the line to it.</param>
    public static Webhook Read(string configuration, JsonObject webhook, IMatchConditions language, Func<WebhookAddress, IWebhookLine> lines)
    {
        var timeout = TimeSpan.FromSeconds(webhook.Number("timeoutSeconds") ?? 10);
        var address = WebhookAddress.Read(webhook.Child("clientConfig"), timeout);
        return new()
        {
            Configuration = configuration,
            Name = webhook.Text("name"),
            Rules = [.. webhook.Objects("rules").Select(WebhookRule.Read)],
            MeansEquivalents = webhook.Text("matchPolicy") != "Exact",
            Namespaces = Selector(webhook.Child("namespaceSelector")),
            Objects = Selector(webhook.Child("objectSelector")),
            Conditions = MatchConditions.Of(webhook, language),
            Timeout = timeout,
            MayFail = webhook.Text("failurePolicy") == "Ignore",
            AskAgain = webhook.Text("reinvocationPolicy") == "IfNeeded",
            TakesDryRuns = webhook.Text("sideEffects") is "None" or "NoneOnDryRun",
            Service = address?.Service,
            Line = address is null ? new NoLine() : lines(address),
        };
    }

    /// <summary>It is not asked any more: what is under way ends, and its connections are closed.</summary>
    public void Retire() => Line.Retire();

    /// <summary>A selector as it is stored; null where it selects everything.</summary>
    public static LabelSelector? Selector(JsonObject? selector) => selector is null || LabelSelectorRules.IsEmpty(selector) ? null : LabelSelector.From(selector);

    // Of a configuration that was stored before its like was refused.
    private sealed class NoLine : IWebhookLine
    {
        public Task<WebhookReply> Send(byte[] review, TimeSpan patience, CancellationToken stop) => Task.FromResult(new WebhookReply(default, "failed to call webhook: clientConfig leads nowhere"));

        public void Retire()
        {
        }
    }
}
