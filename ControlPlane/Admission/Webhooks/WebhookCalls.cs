using System.Collections.Immutable;
using ControlPlane.Access;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Webhooks;

/// <summary>What a call of a webhook came to: an answer that allows the write, a refusal, or neither where it was not asked or its failure does not count.</summary>
internal readonly record struct CallOutcome(WebhookAnswer? Answer, ApiStatus? Refusal)
{
    /// <summary>What the webhook has told, of a refusal too; null for nothing.</summary>
    public WriteNotes? Notes { get; init; }

    /// <summary>Whether it failed, and that does not count.</summary>
    public bool HasFailedOpen { get; init; }

    public static implicit operator CallOutcome(ApiStatus refusal) => new(null, refusal);
}

/// <summary>Which writes no webhook is asked about: <see cref="SelfRepair.Needs"/>, or what a test has in its place.</summary>
internal delegate bool WriteGuard(PendingWrite write, IReadOnlySet<ObjectKey> services, IObjectView view);

/// <summary>Asks webhooks about writes. What both steps share.</summary>
public sealed class WebhookCalls
{
    private readonly WebhookIndex _index;
    private readonly IObjectView _view;
    private readonly IgnoredFailures _failures;
    private readonly IAuthorizer _authorizer;
    private readonly WriteGuard _guard;
    private readonly WebhookSelection _selection;

    /// <param name="index">The webhooks there are.</param>
    /// <param name="kinds">The kinds there are.</param>
    /// <param name="view">The local watch cache.</param>
    /// <param name="failures">Told of calls that failed and did not count.</param>
    /// <param name="authorizer">Answers what match conditions ask of users.</param>
    public WebhookCalls(WebhookIndex index, IKinds kinds, IObjectView view, IgnoredFailures failures, IAuthorizer authorizer)
        : this(index, kinds, view, failures, authorizer, SelfRepair.Needs)
    {
    }

    internal WebhookCalls(WebhookIndex index, IKinds kinds, IObjectView view, IgnoredFailures failures, IAuthorizer authorizer, WriteGuard guard) =>
        (_index, _view, _failures, _authorizer, _guard, _selection) = (index, view, failures, authorizer, guard, new(kinds, view));

    internal WebhookSet Current => _index.Current;

    /// <summary>Whether any of some webhooks may want to be asked. Costs next to nothing where there are none.</summary>
    internal bool Concerns(PendingWrite write, ImmutableArray<Webhook> webhooks)
    {
        if (webhooks.IsEmpty) return false;
        var versions = _selection.Versions(write);
        return webhooks.Any(webhook => WebhookSelection.Meant(webhook.Rules, webhook.MeansEquivalents, write, versions) is not null) && !_guard(write, Current.Services, _view);
    }

    /// <summary>The question to a webhook about a write as it is now; null where it is not to be asked.</summary>
    /// <param name="made">Questions that were made of the same state of the write: who is asked as of the same version is asked the same.</param>
    internal async ValueTask<WebhookQuestion?> Question(Webhook webhook, PendingWrite write, Dictionary<KindDefinition, WebhookQuestion> made)
    {
        var versions = _selection.Versions(write);
        if (WebhookSelection.Meant(webhook.Rules, webhook.MeansEquivalents, write, versions) is not { } meant || !_selection.IsSelected(webhook.Namespaces, webhook.Objects, write)) return null;
        return made.TryGetValue(meant, out var known) ? known : made[meant] = await WebhookQuestion.Of(write, meant, versions[0]);
    }

    /// <summary>Asks. Begins with what must not happen at the same time as another call with the same question.</summary>
    /// <param name="patience">What is left for all; the webhook's own time may be less.</param>
    internal Task<CallOutcome> Ask(Webhook webhook, WebhookQuestion question, bool dryRun, bool mutating, TimeSpan patience, CancellationToken stop)
    {
        if (webhook.Conditions.Any)
        {
            var finding = webhook.Conditions.Evaluate(new(question.Object, question.OldObject, question.Request(), new RequestAuthorizer(_authorizer, question.User), question.ResourceCheck()));
            if (finding.Fault is { } fault) return Task.FromResult<CallOutcome>(webhook.MayFail ? Ignored(webhook, fault) : Forbidden(webhook, fault));
            if (!finding.Matches) return Task.FromResult<CallOutcome>(default);
        }
        if (dryRun && !webhook.TakesDryRuns) return Task.FromResult<CallOutcome>(ApiStatus.BadRequest($"admission webhook \"{webhook.Name}\" does not support dry run"));
        var uid = Guid.NewGuid().ToString();
        return Call(webhook, uid, question.Review(uid), mutating, patience < webhook.Timeout ? patience : webhook.Timeout, stop);
    }

    private async Task<CallOutcome> Call(Webhook webhook, string uid, byte[] review, bool mutating, TimeSpan patience, CancellationToken stop)
    {
        var reply = patience > TimeSpan.Zero ? await webhook.Line.Send(review, patience, stop) : new WebhookReply(default, "failed to call webhook: context deadline exceeded: other webhooks have taken all the time there was");
        if (reply.Fault is { } unreached) return Failed(webhook, unreached);
        var (answer, fault) = WebhookAnswer.Read(reply.Body, uid, mutating);
        if (answer is null) return Failed(webhook, fault);
        return (answer.Allowed ? new CallOutcome(answer, null) : answer.Refusal(webhook.Name)) with { Notes = answer.Notes(webhook.Name) };
    }

    private CallOutcome Failed(Webhook webhook, string why) =>
        webhook.MayFail ? Ignored(webhook, why) : ApiStatus.InternalError($"Internal error occurred: failed calling webhook \"{webhook.Name}\": {why}");

    private CallOutcome Ignored(Webhook webhook, string why)
    {
        _failures.Add(webhook.Configuration, webhook.Name, why);
        return new() { HasFailedOpen = true };
    }

    /// <summary>What the audit log has of a webhook that failed and was passed over, under Kubernetes' key.</summary>
    internal static WriteNotes FailedOpen(string kind, int round, int index, Webhook webhook) =>
        new() { Annotations = ImmutableDictionary<string, string>.Empty.Add($"failed-open.{kind}.webhook.admission.k8s.io/round_{round}_index_{index}", webhook.Name) };

    private static ApiStatus Forbidden(Webhook webhook, string fault) =>
        ApiStatus.Forbidden($"admission webhook \"{webhook.Name}\" could not be matched: {fault}");
}
