using System.Text.Json.Nodes;
using CsCheck;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>In which order policies and webhooks change an object, and who has a second turn.</summary>
public sealed class MutationOrderTests
{
    private const string Map = """{ "data": { "order": "" } }""";
    private const string Again = """, "reinvocationPolicy": "IfNeeded" """;

    [Fact]
    public async Task Policies_come_by_their_names_and_bindings_by_theirs_and_webhooks_after_them()
    {
        var world = new MutationWorld().Policy("b", Appends("b"), again: MutationWorld.Never).Policy("a", Appends("a")).Bind("2", "a").Bind("3", "b").Bind("1", "a");
        world.Webhooks.Configure("mutating", "0", WebhookWorld.Hook("hook")).Answers("hook", request => Append(request, "hook"));
        Assert.Equal(" a a b hook", (await world.Created("configmaps", "m", Map)).Text("data", "order"));
        Assert.Equal(" a a b", Assert.Single(world.Webhooks.Asked).Request.Text("object", "data", "order"));
    }

    [Theory]
    [InlineData(MutationWorld.IfNeeded, "", " one hook one")]
    [InlineData(MutationWorld.IfNeeded, Again, " one hook one hook")]
    [InlineData(MutationWorld.Never, Again, " one hook")]
    public async Task Policy_that_wants_to_has_a_second_turn_when_a_webhook_changed_the_object(string policy, string hook, string order)
    {
        var world = new MutationWorld().Policy("p", Appends("one"), again: policy).Bind("b", "p");
        world.Webhooks.Configure("mutating", "m", WebhookWorld.Hook("hook", hook)).Answers("hook", request => Append(request, "hook"));
        Assert.Equal(order, (await world.Created("configmaps", "m", Map)).Text("data", "order"));
    }

    [Fact]
    public async Task Nobody_has_a_second_turn_when_nothing_has_changed_since()
    {
        var world = new MutationWorld().Policy("p", Appends("one"), again: MutationWorld.IfNeeded).Bind("b", "p");
        world.Webhooks.Configure("mutating", "m", WebhookWorld.Hook("hook", Again)).Answers("hook", _ => WebhookWorld.Allow);
        Assert.Equal(" one", (await world.Created("configmaps", "m", Map)).Text("data", "order"));
        Assert.Equal(["hook"], world.Webhooks.Order);
    }

    // It was not for the object as it was at first, and so had no turn: Kubernetes gives it none then.
    [Fact]
    public async Task Whose_turn_it_is_was_decided_by_the_object_as_it_came()
    {
        const string Labelled = """, "objectSelector": { "matchLabels": { "made": "yes" } } """;
        var world = new MutationWorld().Policy("a", MutationWorld.Apply("Object{metadata: Object.metadata{labels: {'made': 'yes'}}}")).Bind("1", "a").Policy("b", Appends("b"), match: Labelled, again: MutationWorld.IfNeeded).Bind("2", "b");
        Assert.Equal("", (await world.Created("configmaps", "m", Map)).Text("data", "order"));
    }

    // Whatever policies and webhooks there are: all have their turn in order, then those that want to and have missed something, in the same order.
    [Fact]
    public void Each_has_a_turn_in_order_and_a_second_at_most_if_it_wants_and_something_changed()
    {
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool).Array[1, 6].Sample(those =>
        {
            var mutators = those.OrderBy(one => one.Item1).Select((one, i) => (Name: $"{i}", IsHook: one.Item1, Again: one.Item2, Changes: one.Item3)).ToArray();
            var world = new MutationWorld();
            world.Webhooks.Configure("mutating", "m", [.. mutators.Where(one => one.IsHook).Select(one => WebhookWorld.Hook($"h{one.Name}", one.Again ? Again : ""))]);
            foreach (var (name, isHook, again, changes) in mutators)
            {
                if (isHook) world.Webhooks.Answers($"h{name}", request => changes ? Append(request, name) : WebhookWorld.Allow);
                else world.Policy($"p{name}", changes ? Appends(name) : MutationWorld.Apply("Object{}"), again: again ? MutationWorld.IfNeeded : MutationWorld.Never).Bind($"b{name}", $"p{name}");
            }
            var made = world.Created("configmaps", "m", Map).Result.Text("data", "order");
            Assert.Equal(string.Concat(Turns(mutators).Where(i => mutators[i].Changes).Select(i => $" {i}")), made);
        }, iter: 300);
    }

    private static List<int> Turns((string Name, bool IsHook, bool Again, bool Changes)[] mutators)
    {
        var turns = Enumerable.Range(0, mutators.Length).ToList();
        var second = new List<int>();
        for (var i = 0; i < mutators.Length; i++)
        {
            var missed = mutators.Skip(i + 1).Any(one => one.Changes) || second.Any(earlier => mutators[earlier].Changes);
            if (mutators[i].Again && missed) second.Add(i);
        }
        return [.. turns, .. second];
    }

    private static string Appends(string name) => MutationWorld.Apply($"Object{{data: {{'order': object.data.order + ' {name}'}}}}");

    private static string Append(JsonObject request, string name) =>
        WebhookWorld.Patch($$"""[{ "op": "replace", "path": "/data/order", "value": "{{request.Text("object", "data", "order")}} {{name}}" }]""");
}
