using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What becomes of a write when a webhook says no, says nothing, or says what can't be meant.</summary>
public sealed class WebhookFailureTests
{
    [Theory]
    [InlineData("mutating")]
    [InlineData("validating")]
    public async Task Failure_refuses_the_write_or_is_passed_over_as_the_policy_says(string type)
    {
        foreach (var (policy, refusal) in new[] { ("Ignore", ""), ("Fail", """500: Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post "https://h": it is gone""") })
        {
            var world = new WebhookWorld().Configure(type, "c", WebhookWorld.Hook("h", $$""", "failurePolicy": "{{policy}}" """)).Replies("h", new(default, "failed to call webhook: Post \"https://h\": it is gone"));
            Assert.Equal(refusal, WebhookWorld.Message(await world.Create("configmaps", "m")));
            Assert.Equal(policy == "Ignore", world.Store.Cache.Get(WebhookWorld.Key("configmaps", "m")) is not null);
        }
    }

    [Theory]
    [InlineData("no JSON", "couldn't read the response")]
    [InlineData("[]", "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got , Kind=")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1beta1", "response": { "uid": "UID", "allowed": true } }""", "got admission.k8s.io/v1beta1")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1" }""", "webhook response was absent")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "uid": "other", "allowed": true } }""", "expected response.uid=\"UID\", got \"other\"")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "allowed": true } }""", "expected response.uid=\"UID\", got \"\"")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "uid": "UID", "allowed": true, "patch": "W10=" } }""", "response.patch but not response.patchType")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "uid": "UID", "allowed": true, "patchType": "JSONPatch" } }""", "response.patchType but not response.patch")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "uid": "UID", "allowed": true, "patch": "W10=", "patchType": "Merge" } }""", "invalid response.patchType of \"Merge\"")]
    [InlineData("""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "uid": "UID", "allowed": true, "patch": "?", "patchType": "JSONPatch" } }""", "is not a JSON patch in base64")]
    public void Answer_that_can_not_be_meant_is_a_failure(string body, string why)
    {
        var (answer, fault) = WebhookAnswer.Read(Encoding.UTF8.GetBytes(body), "UID", mutating: true);
        Assert.Null(answer);
        Assert.StartsWith("received invalid webhook response: ", fault, StringComparison.Ordinal);
        Assert.Contains(why, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "400: admission webhook \"h.example.com\" denied the request without explanation")]
    [InlineData(""", "status": { "message": "no" } """, "400: admission webhook \"h.example.com\" denied the request: no")]
    [InlineData(""", "status": { "reason": "Gone", "code": 410 } """, "410: admission webhook \"h.example.com\" denied the request: Gone")]
    [InlineData(""", "status": { "message": "no", "code": 200 } """, "400: admission webhook \"h.example.com\" denied the request: no")]
    [InlineData(""", "status": { "message": "no", "code": 999 } """, "400: admission webhook \"h.example.com\" denied the request: no")]
    public async Task Denial_counts_whatever_the_policy_is_and_has_the_code_of_the_webhook(string status, string refusal)
    {
        foreach (var type in new[] { "mutating", "validating" })
        {
            var world = new WebhookWorld().Configure(type, "c", WebhookWorld.Hook("h", """, "failurePolicy": "Ignore" """)).Answers("h", _ => $$"""{ "allowed": false{{status}} }""");
            Assert.Equal(refusal, WebhookWorld.Message(await world.Create("configmaps", "m")));
        }
    }

    [Fact]
    public async Task Of_several_denials_the_first_webhooks_is_told_and_after_a_mutating_one_nobody_is_asked()
    {
        var world = new WebhookWorld().Configure("validating", "b", WebhookWorld.Hook("b")).Configure("validating", "a", WebhookWorld.Hook("a"));
        world.Answers("a", _ => """{ "allowed": false, "status": { "message": "a" } }""").Answers("b", _ => """{ "allowed": false, "status": { "message": "b" } }""");
        Assert.EndsWith("denied the request: a", WebhookWorld.Message(await world.Create("configmaps", "m")), StringComparison.Ordinal);
        world.Configure("mutating", "m", WebhookWorld.Hook("first"), WebhookWorld.Hook("second")).Answers("first", _ => """{ "allowed": false }""");
        var before = world.Asked.Count;
        await world.Create("configmaps", "m");
        Assert.Equal(["first"], world.Order.Skip(before));
    }

    [Fact]
    public async Task Dry_run_is_for_webhooks_without_side_effects_only_and_stores_nothing()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("h", """, "failurePolicy": "Ignore" """)).Answers("h", _ => WebhookWorld.Allow);
        Assert.IsType<ObjectAccepted>(await world.Send(new CreateObject(WebhookWorld.Key("configmaps", "m"), Named("m"), WebhookWorld.User) { DryRun = true }));
        Assert.Null(world.Store.Cache.Get(WebhookWorld.Key("configmaps", "m")));

        // One from before this was refused when it was written.
        var stored = world.Store.Cache.Get(WebhookWorld.Key("mutatingwebhookconfigurations", "m"))!;
        var tree = stored.ToJsonObject();
        tree["webhooks"]![0]!["sideEffects"] = "Unknown";
        world.Store.Put(new(stored.Key, ObjectJson.ToUtf8(tree), stored.Revision));
        Assert.Equal("400: admission webhook \"h.example.com\" does not support dry run", WebhookWorld.Message(await world.Send(new CreateObject(WebhookWorld.Key("configmaps", "n"), Named("n"), WebhookWorld.User) { DryRun = true })));
        Assert.Single(world.Asked);
        Assert.IsType<ObjectAccepted>(await world.Create("configmaps", "n"));
    }

    [Fact]
    public async Task Warnings_of_all_webhooks_are_passed_on_and_are_bounded()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("a")).Configure("validating", "v", WebhookWorld.Hook("b"));
        world.Answers("a", _ => """{ "allowed": true, "warnings": ["from a", ""] }""").Answers("b", _ => """{ "allowed": true, "warnings": ["from b"] }""");
        Assert.Equal(["from a", "from b"], Assert.IsType<ObjectAccepted>(await world.Create("configmaps", "m")).Notes!.Warnings.ToArray());
        var many = $$"""{ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": { "uid": "u", "allowed": true, "warnings": [ {{string.Join(',', Enumerable.Repeat($"\"{new string('w', 10_000)}\"", 1000))}} ] } }""";
        var bounded = WebhookAnswer.Read(Encoding.UTF8.GetBytes(many), "u", mutating: false).Answer!.Warnings;
        Assert.Equal((64, 4096), (bounded.Length, bounded[0].Length));
    }

    [Fact]
    public async Task What_webhooks_tell_the_audit_log_and_which_failed_open_is_told_of_the_write()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("a"), WebhookWorld.Hook("b"), WebhookWorld.Hook("c", """, "failurePolicy": "Ignore" """)).Configure("validating", "v", WebhookWorld.Hook("d"), WebhookWorld.Hook("e", """, "failurePolicy": "Ignore" """));
        world.Answers("a", _ => """{ "allowed": true, "auditAnnotations": { "seen": "yes" } }""").Answers("b", _ => WebhookWorld.Patch("""[{ "op": "add", "path": "/metadata/labels", "value": { "b": "1" } }]""")).Replies("c", new(default, "down")).Replies("e", new(default, "down"));
        world.Answers("d", _ => """{ "allowed": false, "warnings": ["think again"], "auditAnnotations": { "seen": "too", "": "no" } }""");
        var refused = Assert.IsType<ObjectRejected>(await world.Create("configmaps", "m"));
        Assert.Equal("think again", Assert.Single(refused.Notes!.Warnings));
        Assert.Equal(
            [
                "a.example.com/seen = yes", "d.example.com/seen = too",
                "failed-open.mutating.webhook.admission.k8s.io/round_0_index_2 = c.example.com", "failed-open.validating.webhook.admission.k8s.io/round_0_index_1 = e.example.com",
                """mutation.webhook.admission.k8s.io/round_0_index_0 = {"configuration":"m","webhook":"a.example.com","mutated":false}""",
                """mutation.webhook.admission.k8s.io/round_0_index_1 = {"configuration":"m","webhook":"b.example.com","mutated":true}""",
            ],
            refused.Notes.Annotations.Select(annotation => $"{annotation.Key} = {annotation.Value}").Order(StringComparer.Ordinal));
    }

    private static JsonObject Named(string name) => new() { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name } };
}
