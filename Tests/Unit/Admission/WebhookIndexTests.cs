using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Configurations are read when they change, and their connections live as long as they do.</summary>
public sealed class WebhookIndexTests
{
    [Fact]
    public void Only_what_changed_is_read_again_and_only_its_connections_are_closed()
    {
        var world = new WebhookWorld().Configure("mutating", "a", WebhookWorld.Hook("a")).Configure("validating", "b", WebhookWorld.Hook("b"), WebhookWorld.Hook("c"));
        var first = world.Index.Current;
        Assert.Equal(["a", "b", "c"], world.Lines.Select(line => line.Url.AbsolutePath[1..]));
        world.Put("configmaps", "other", "{}");
        Assert.Same(first, world.Index.Current);
        world.Configure("validating", "b", WebhookWorld.Hook("b"));
        var second = world.Index.Current;
        Assert.Same(first.Mutating[0], second.Mutating[0]);
        Assert.Equal(["a", "b", "c", "b"], world.Lines.Select(line => line.Url.AbsolutePath[1..]));
        Assert.Equal(["b", "c"], world.Retired);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("3,4", "", 7)]
    [InlineData("", "3,4,5", 5)]
    [InlineData("3!", "4", 10)]
    [InlineData("30,30", "30", 60)]
    public void Write_may_take_as_long_as_its_webhooks_may(string mutating, string validating, int seconds)
    {
        var world = new WebhookWorld();
        foreach (var (type, all) in new[] { ("mutating", mutating), ("validating", validating) })
        {
            var hooks = all.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => WebhookWorld.Hook($"h{i}", $$""", "timeoutSeconds": {{text.TrimEnd('!')}}{{(text.EndsWith('!') ? """, "reinvocationPolicy": "IfNeeded" """ : "")}}""")).ToArray();
            if (hooks.Length > 0) world.Configure(type, "c", hooks);
        }
        Assert.Equal(TimeSpan.FromSeconds(seconds), world.Index.LongestWait);
    }

    // It was accepted by an older control plane, and must not stop every write.
    [Fact]
    public async Task Stored_configuration_that_can_not_be_used_fails_as_a_webhook_does()
    {
        var world = new WebhookWorld().Configure("validating", "v", WebhookWorld.Hook("h"));
        var stored = world.Store.Cache.Get(WebhookWorld.Key("validatingwebhookconfigurations", "v"))!;
        var tree = stored.ToJsonObject();
        tree["webhooks"]![0]!["clientConfig"]!["url"] = "nowhere at all";
        world.Store.Put(new(stored.Key, ObjectJson.ToUtf8(tree), stored.Revision));
        Assert.Equal("500: Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: clientConfig leads nowhere", WebhookWorld.Message(await world.Create("configmaps", "m")));
    }

    // What every write of a cluster without webhooks pays: to find out that there are none.
    [Fact]
    public void Without_webhooks_a_write_costs_next_to_nothing()
    {
        const int Writes = 1000;
        var world = new WebhookWorld();
        var key = WebhookWorld.Key("configmaps", "m");
        var tree = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "m" } };
        var write = new PendingWrite(TestCatalogue.Default.FindStored(key.GroupResource)!, null, new CreateObject(key, tree, WebhookWorld.User), WriteOperation.Create, tree, world.Store.Now) { Verb = "create" };
        Assert.DoesNotContain(world.Steps, step => step.AppliesTo(write));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Writes; i++)
        {
            foreach (var step in world.Steps) step.AppliesTo(write);
        }
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Writes, 0, 256);
    }

    [Fact]
    public void Url_of_a_webhook_says_how_long_it_may_take_and_a_service_is_shown_with_its_port()
    {
        var world = new WebhookWorld().Configure("mutating", "m", WebhookWorld.Hook("a", """, "timeoutSeconds": 3"""), WebhookWorld.Hook("b", client: """{ "service": { "namespace": "ns", "name": "svc", "path": "/mutate/" } }"""));
        _ = world.Index.Current;
        Assert.Equal(["https://hooks/a?timeout=3s", "https://svc.ns.svc:443/mutate/?timeout=10s"], world.Lines.Select(line => line.Shown));
        Assert.Equal(new WebhookService("ns", "svc", 443), world.Lines[1].Service);
    }
}
