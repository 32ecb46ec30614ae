using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Mutations;
using ControlPlane.Admission.Policies;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Objects whose writes are admitted by webhooks, which are functions here: a webhook answers as its URL's path says.</summary>
internal sealed class WebhookWorld
{
    public const string Allow = """{ "allowed": true }""";
    public static readonly Requester User = new("alice", "kubectl", ["devs", "system:authenticated"]);
    private readonly ConcurrentQueue<(string Path, JsonObject Request)> _asked = new();
    private readonly Dictionary<string, Func<JsonObject, WebhookReply>> _answers = [];
    private readonly AdmissionChain _chain;

    /// <param name="guard">Which writes no webhook is asked about; null: as in the product.</param>
    /// <param name="language">Of match conditions.</param>
    /// <param name="isSpared">Which writes no policy changes; null: as in the product.</param>
    /// <param name="filling">Steps before the policies and webhooks, which look again after them.</param>
    public WebhookWorld(WriteGuard? guard = null, IMatchConditions? language = null, Func<PendingWrite, bool>? isSpared = null, params IAdmissionStep[] filling)
    {
        Index = new(Store.Cache, language ?? MatchLanguage.Current, address =>
        {
            Lines.Add(address);
            return new Line(this, address.Url.AbsolutePath.TrimStart('/'));
        });
        var authorizer = new OneUser("alice");
        var calls = new WebhookCalls(Index, TestCatalogue.Default, Store.Cache, new(NullLogger.Instance, TimeProvider.System), authorizer, guard ?? SelfRepair.Needs);
        Policies = new(PolicyIndex.Mutating(Store.Cache), new(TestCatalogue.Default, Store.Cache, authorizer), isSpared ?? SelfRepair.NeedsNoPolicies);
        _chain = new([.. filling, new MutatingAdmission([Policies, new MutatingWebhooks(calls, TimeProvider.System)], [.. filling]), new ValidatingWebhooks(calls)]);
        Put("namespaces", "default", "{}");
    }

    public ObjectStore Store { get; } = new();
    public WebhookIndex Index { get; }

    /// <summary>Mutating policies, which come before the webhooks.</summary>
    public MutatingPolicies Policies { get; }

    /// <summary>The steps in their order.</summary>
    public ImmutableArray<IAdmissionStep> Steps => _chain.Steps;

    /// <summary>The addresses that lines were made to.</summary>
    public List<WebhookAddress> Lines { get; } = [];

    /// <summary>The webhooks whose lines were closed.</summary>
    public List<string> Retired { get; } = [];

    /// <summary>What was asked, in order.</summary>
    public IReadOnlyCollection<(string Path, JsonObject Request)> Asked => _asked;

    /// <summary>The webhooks that were asked, in order.</summary>
    public string[] Order => [.. _asked.Select(asked => asked.Path)];

    /// <summary>How a webhook answers: the response without its uid.</summary>
    public WebhookWorld Answers(string path, Func<JsonObject, string> how)
    {
        _answers[path] = request =>
        {
            var response = JsonNode.Parse(how(request))!.AsObject();
            response.TryAdd("uid", request.Text("uid"));
            return new(Encoding.UTF8.GetBytes(new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["response"] = response }.ToJsonString()), null);
        };
        return this;
    }

    /// <summary>A webhook that sends something, or fails.</summary>
    public WebhookWorld Replies(string path, WebhookReply reply)
    {
        _answers[path] = _ => reply;
        return this;
    }

    /// <summary>The response with a JSON patch.</summary>
    public static string Patch(string operations) => $$"""{ "allowed": true, "patchType": "JSONPatch", "patch": "{{Convert.ToBase64String(Encoding.UTF8.GetBytes(operations))}}" }""";

    /// <summary>A webhook PATH.example.com, asked about all there is unless it is said otherwise.</summary>
    public static string Hook(string path, string more = "", string rule = """{ "operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"] }""", string? client = null) =>
        $$"""{ "name": "{{path}}.example.com", "clientConfig": {{client ?? $$"""{ "url": "https://hooks/{{path}}" }"""}}, "rules": [ {{rule}} ], "sideEffects": "None", "admissionReviewVersions": ["v1"]{{more}} }""";

    /// <summary>Stores a configuration: "mutating" or "validating".</summary>
    public WebhookWorld Configure(string type, string name, params string[] hooks)
    {
        var key = Key($"{type}webhookconfigurations", name);
        if (Store.Cache.Get(key) is not null) Store.Do(new DeleteObject(key, null, Propagation.Background, User));
        var made = Store.Do(new CreateObject(key, Tree(key, $$"""{ "webhooks": [ {{string.Join(',', hooks)}} ] }"""), User));
        Assert.True(made is ObjectAccepted, (made as ObjectRejected)?.Status.Message);
        return this;
    }

    /// <summary>Stores an object without asking anybody.</summary>
    public StoredObject Put(string resource, string name, string json) =>
        Store.Do(new CreateObject(Key(resource, name), Tree(Key(resource, name), json), User)) is ObjectAccepted made ? made.Object : throw new InvalidOperationException($"{resource}/{name} is not valid");

    public Task<ObjectResult> Create(string resource, string name, string json = "{}", Requester? by = null) => Send(new CreateObject(Key(resource, name), Tree(Key(resource, name), json), by ?? User));

    public Task<ObjectResult> Merge(string resource, string name, string json, string subresource = "", Requester? by = null) =>
        Send(new PatchObject(Key(resource, name), new ControlPlane.Objects.Patching.FieldPatch(JsonNode.Parse(json)!.AsObject()), subresource, by ?? User));

    public Task<ObjectResult> Delete(string resource, string name) => Send(new DeleteObject(Key(resource, name), null, Propagation.Background, User));

    public Task<ObjectResult> Send(ObjectCommand command) => Store.Send(command, _chain);

    /// <summary>The message of a refusal; empty for none.</summary>
    public static string Message(ObjectResult result) => result is ObjectRejected refused ? $"{refused.Status.Code}: {refused.Status.Message}" : "";

    public static ObjectKey Key(string resource, string name)
    {
        var kind = TestCatalogue.Default.All.First(kind => kind.Plural == resource && kind.Stored && kind.Conversion is null);
        return new(kind.Group, resource, kind.Namespaced ? "default" : "", name);
    }

    private static JsonObject Tree(ObjectKey key, string json)
    {
        var (tree, kind) = (JsonNode.Parse(json)!.AsObject(), TestCatalogue.Default.FindStored(key.GroupResource)!);
        (tree["apiVersion"], tree["kind"]) = (kind.GroupVersion, kind.Kind);
        tree.Metadata()["name"] = key.Name;
        return tree;
    }

    private sealed class Line(WebhookWorld world, string path) : IWebhookLine
    {
        public Task<WebhookReply> Send(byte[] review, TimeSpan patience, CancellationToken stop)
        {
            var request = JsonNode.Parse(review)!["request"]!.AsObject();
            world._asked.Enqueue((path, request));
            return Task.FromResult(world._answers.TryGetValue(path, out var answer) ? answer(request) : new(default, "failed to call webhook: nobody there"));
        }

        public void Retire() => world.Retired.Add(path);
    }
}
