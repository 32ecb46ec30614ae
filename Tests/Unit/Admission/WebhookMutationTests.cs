using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using CsCheck;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>In which order webhooks are asked, how often, and what they may change.</summary>
public sealed class WebhookMutationTests
{
    private const string Pod = """{ "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""";
    private const string Again = """, "reinvocationPolicy": "IfNeeded" """;

    [Fact]
    public async Task Webhooks_are_asked_by_name_of_configuration_then_as_they_stand_and_each_sees_what_the_others_did()
    {
        var world = new WebhookWorld().Configure("mutating", "b", WebhookWorld.Hook("third"), WebhookWorld.Hook("fourth")).Configure("mutating", "a", WebhookWorld.Hook("second"), WebhookWorld.Hook("first")).Configure("validating", "0", WebhookWorld.Hook("last"));
        foreach (var name in new[] { "first", "second", "third", "fourth" }) world.Answers(name, request => Append(request, name));
        world.Answers("last", _ => WebhookWorld.Allow);
        var made = Assert.IsType<ObjectAccepted>(await world.Create("configmaps", "m", """{ "data": { "order": "" } }"""));
        Assert.Equal(["second", "first", "third", "fourth", "last"], world.Order);
        Assert.Equal(" second first third fourth", made.Object.ToJsonObject().Text("data", "order"));
        Assert.Equal(" second first third fourth", world.Asked.Last().Request.Text("object", "data", "order"));
    }

    [Theory]
    [InlineData(Again, "", "one,two,one", " one two one")]
    [InlineData(Again, Again, "one,two,one,two", " one two one two")]
    [InlineData("", Again, "one,two", " one two")]
    [InlineData("", "", "one,two", " one two")]
    public async Task Webhook_that_wants_to_is_asked_once_more_about_what_others_changed_after_it(string first, string second, string order, string data)
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("one", first), WebhookWorld.Hook("two", second));
        foreach (var name in new[] { "one", "two" }) world.Answers(name, request => Append(request, name));
        var made = Assert.IsType<ObjectAccepted>(await world.Create("configmaps", "m", """{ "data": { "order": "" } }"""));
        Assert.Equal(order.Split(','), world.Order);
        Assert.Equal(data, made.Object.ToJsonObject().Text("data", "order"));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{ "op": "replace", "path": "/data/order", "value": "" }]""")]
    public async Task Nobody_is_asked_again_about_what_did_not_change(string patch)
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("one", Again), WebhookWorld.Hook("two", Again));
        world.Answers("one", _ => WebhookWorld.Patch(patch)).Answers("two", _ => WebhookWorld.Patch(patch));
        await world.Create("configmaps", "m", """{ "data": { "order": "" } }""");
        Assert.Equal(["one", "two"], world.Order);
    }

    [Fact]
    public async Task Steps_before_look_again_at_what_a_webhook_changed_and_the_webhook_at_what_they_did()
    {
        var step = new RecordingStep { Answer = (write, _) => { write.Object["data"]!["seen"] = write.Object.Text("data", "order"); return new(AdmissionOutcome.Changed); } };
        var world = new WebhookWorld(filling: [step]).Configure("mutating", "m", WebhookWorld.Hook("one", Again));
        world.Answers("one", request => request.Text("object", "data", "seen").Length == 0 ? Append(request, "one") : WebhookWorld.Allow);
        var made = Assert.IsType<ObjectAccepted>(await world.Create("configmaps", "m", """{ "data": { "order": "" } }"""));
        Assert.Equal(2, step.Visits.Count);
        Assert.Equal(["one", "one"], world.Order);
        Assert.Equal(" one", made.Object.ToJsonObject().Text("data", "seen"));
    }

    [Fact]
    public async Task What_a_webhook_adds_is_defaulted_and_what_the_kind_does_not_have_is_dropped()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("h")).Configure("validating", "v", WebhookWorld.Hook("sees"));
        world.Answers("h", _ => WebhookWorld.Patch("""[{ "op": "add", "path": "/spec/containers/-", "value": { "name": "s", "image": "s:1", "colour": "red" } }]""")).Answers("sees", _ => WebhookWorld.Allow);
        var made = Assert.IsType<ObjectAccepted>(await world.Create("pods", "p", Pod)).Object.ToJsonObject();
        var added = made.Objects("spec", "containers").Last();
        Assert.Equal(("IfNotPresent", "/dev/termination-log"), (added.Text("imagePullPolicy"), added.Text("terminationMessagePath")));
        Assert.False(added.ContainsKey("colour"));
        Assert.True(JsonNode.DeepEquals(added, world.Asked.Last().Request.Objects("object", "spec", "containers").Last()));
    }

    [Fact]
    public async Task What_a_write_may_not_touch_stays_as_it_was()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("h"));
        var stored = world.Put("pods", "p", Pod);
        world.Answers("h", request => request.Text("subResource") == "status"
            ? WebhookWorld.Patch("""[{ "op": "add", "path": "/status/message", "value": "hook" }, { "op": "add", "path": "/metadata/labels/x", "value": "y" }]""")
            : WebhookWorld.Patch("""[{ "op": "add", "path": "/status", "value": { "phase": "Failed" } }, { "op": "replace", "path": "/metadata/uid", "value": "other" }, { "op": "add", "path": "/metadata/deletionTimestamp", "value": "2030-01-01T00:00:00Z" }, { "op": "add", "path": "/metadata/labels/x", "value": "y" }]"""));
        var changed = Assert.IsType<ObjectAccepted>(await world.Merge("pods", "p", """{ "metadata": { "labels": { "c": "d" } } }""")).Object.ToJsonObject();
        Assert.Equal((stored.Uid, "y", false), (changed.Text("metadata", "uid"), changed.Text("metadata", "labels", "x"), changed.Has("metadata", "deletionTimestamp")));
        Assert.Equal(stored.ToJsonObject().Text("status", "phase"), changed.Text("status", "phase"));
        world.Put("configmaps", "unused", "{}");
        await world.Merge("pods", "p", """{ "metadata": { "labels": { "x": null } } }""");
        var reported = Assert.IsType<ObjectAccepted>(await world.Merge("pods", "p", """{ "status": { "phase": "Running" } }""", "status")).Object.ToJsonObject();
        Assert.Equal(("Running", "hook"), (reported.Text("status", "phase"), reported.Text("status", "message")));
    }

    [Theory]
    [InlineData("""[{ "op": "replace", "path": "/metadata/name", "value": "other" }]""", "attempted to change metadata.name")]
    [InlineData("""[{ "op": "replace", "path": "/metadata/namespace", "value": "other" }]""", "attempted to change metadata.namespace")]
    [InlineData("""[{ "op": "replace", "path": "/kind", "value": "Secret" }]""", "attempted to change kind")]
    [InlineData("""[{ "op": "remove", "path": "/data/none" }]""", "can't be applied")]
    [InlineData("""{ "data": {} }""", "can't be applied")]
    [InlineData("""[{ "op": "add", "path": "/data", "value": "text" }]""", "can't be read")]
    public async Task Patch_that_can_not_be_meant_is_refused_even_if_the_webhook_may_fail(string patch, string why)
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("h", """, "failurePolicy": "Ignore" """)).Answers("h", _ => WebhookWorld.Patch(patch));
        var refusal = WebhookWorld.Message(await world.Create("configmaps", "m", """{ "data": { "k": "v" } }"""));
        Assert.StartsWith("500: Internal error occurred: ", refusal, StringComparison.Ordinal);
        Assert.Contains(why, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scale_is_changed_and_a_delete_is_not()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("h"));
        world.Put("replicasets", "r", $$"""{ "spec": { "replicas": 1, "selector": { "matchLabels": { "a": "b" } }, "template": {{Pod}} } }""");
        world.Answers("h", request => request.Text("operation") == "DELETE" ? WebhookWorld.Patch("""[{ "op": "add", "path": "/a", "value": 1 }]""") : WebhookWorld.Patch("""[{ "op": "replace", "path": "/spec/replicas", "value": 3 }]"""));
        var key = WebhookWorld.Key("replicasets", "r");
        var scaled = Assert.IsType<ObjectAccepted>(await world.Send(new PatchObject(key, new ControlPlane.Objects.Patching.ReplaceScale(9), "scale", WebhookWorld.User))).Object.ToJsonObject();
        Assert.Equal(3, scaled.Number("spec", "replicas"));
        Assert.Contains("attempted to modify the object, which is not supported for this operation", WebhookWorld.Message(await world.Delete("replicasets", "r")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_webhook_made_is_validated_as_if_a_client_had_sent_it()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("h")).Answers("h", _ => WebhookWorld.Patch("""[{ "op": "remove", "path": "/spec/containers/0/image" }, { "op": "replace", "path": "/spec/containers/0/name", "value": "Not A Name" }]"""));
        Assert.StartsWith("422: Pod \"p\" is invalid", WebhookWorld.Message(await world.Create("pods", "p", Pod)), StringComparison.Ordinal);
    }

    // Whatever webhooks there are: all are asked in order, then those that want to be and have missed something, in the same order; and who wants to knows what all before it made, up to its last question.
    [Fact]
    public void Each_is_asked_in_order_and_once_more_at_most_if_it_wants_and_something_changed()
    {
        Gen.Select(Gen.Bool, Gen.Bool).Array[1, 6].Sample(hooks =>
        {
            var world = new WebhookWorld().Configure("mutating", "m", [.. hooks.Select((hook, i) => WebhookWorld.Hook($"h{i}", hook.Item1 ? Again : ""))]);
            for (var i = 0; i < hooks.Length; i++)
            {
                var (name, changes) = ($"h{i}", hooks[i].Item2);
                world.Answers(name, request => changes ? Append(request, name) : WebhookWorld.Allow);
            }
            var made = ((ObjectAccepted)world.Create("configmaps", "m", """{ "data": { "order": "" } }""").Result).Object.ToJsonObject().Text("data", "order");
            var order = world.Order;
            var all = Enumerable.Range(0, hooks.Length).Select(i => $"h{i}").ToArray();
            Assert.Equal(all, order.Take(all.Length));

            // The second time round: those that want to, and whose object was changed after their turn.
            var second = new List<string>();
            for (var i = 0; i < hooks.Length; i++)
            {
                var missed = hooks.Skip(i + 1).Any(hook => hook.Item2) || Enumerable.Range(0, i).Any(j => hooks[j].Item2 && second.Contains($"h{j}"));
                if (hooks[i].Item1 && missed) second.Add($"h{i}");
            }
            Assert.Equal(second, order.Skip(all.Length));
            Assert.Equal(string.Concat(order.Where(name => hooks[name[1] - '0'].Item2).Select(name => $" {name}")), made);
        }, iter: 200);
    }

    private static string Append(JsonObject request, string name) =>
        WebhookWorld.Patch($$"""[{ "op": "replace", "path": "/data/order", "value": "{{request.Text("object", "data", "order")}} {{name}}" }]""");
}
