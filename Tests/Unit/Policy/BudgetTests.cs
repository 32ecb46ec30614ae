using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Policy.PodDisruptionBudgets;
using CsCheck;
using Shared.Api;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.Policy;

/// <summary>PodDisruptionBudgets: what they count, and what evictions take from them.</summary>
public sealed class BudgetTests
{
    private static readonly ObjectKey Key = new("policy", "poddisruptionbudgets", "default", "web");
    private static readonly Requester User = new("user", "kubectl", []);
    private readonly World _world = new();

    [Theory]
    [InlineData("\"minAvailable\": 2", 4, 2, 2)]
    [InlineData("\"minAvailable\": \"60%\"", 4, 3, 1)]
    [InlineData("\"maxUnavailable\": 1", 4, 3, 1)]
    [InlineData("\"maxUnavailable\": \"30%\"", 4, 2, 2)]
    [InlineData("\"minAvailable\": 9", 4, 9, 0)]
    public void Allowed_is_what_is_healthy_beyond_what_is_desired(string limit, int expected, int desired, int allowed)
    {
        Deployed(_world, 4, limit);
        Assert.Equal((expected, desired, 4, allowed), (Status(_world, "expectedPods"), Status(_world, "desiredHealthy"), Status(_world, "currentHealthy"), Status(_world, "disruptionsAllowed")));
        Assert.Equal(allowed > 0 ? "SufficientPods" : "InsufficientPods", (string?)_world.Tree(Key)["status"]!["conditions"]![0]!["reason"]);
    }

    [Fact]
    public void Missing_and_unready_pods_count_against_it()
    {
        Deployed(_world, 4, "\"maxUnavailable\": 2");
        _world.Run(_world.ActivePods.First().Key, ready: false);
        _world.Settle();
        Assert.Equal(1, Status(_world, "disruptionsAllowed"));
    }

    [Fact]
    public void Eviction_is_taken_from_it_until_none_is_left()
    {
        Deployed(_world, 3, "\"maxUnavailable\": 1");
        Assert.IsType<ObjectAccepted>(Ask("a"));
        var refused = Assert.IsType<ObjectRejected>(Ask("b")).Status;
        Assert.Equal((429, "TooManyRequests"), (refused.Code, refused.Reason));
        Assert.Equal("The disruption budget web needs 2 healthy pods and has 3 currently", refused.Causes[0].Message);

        // Tried again, it is counted once.
        Assert.IsType<ObjectAccepted>(Ask("a"));
        Assert.Equal(0, Status(_world, "disruptionsAllowed"));
    }

    [Fact]
    public void Nothing_is_allowed_before_a_change_of_the_spec_was_counted()
    {
        Deployed(_world, 3, "\"maxUnavailable\": 1");
        _world.Patch(Key, """{ "spec": { "maxUnavailable": 0 } }""");
        _world.Patch(Key, """{ "metadata": { "generation": 2 } }""");
        var refused = Assert.IsType<ObjectRejected>(Ask("a")).Status;
        Assert.Contains("still being processed", refused.Causes[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pod_that_was_to_be_evicted_and_is_not_counts_again_after_a_while()
    {
        Deployed(_world, 3, "\"maxUnavailable\": 1");
        Ask(_world.ActivePods.First().Key.Name);
        _world.Settle();
        Assert.Equal((2, 0), (Status(_world, "currentHealthy"), Status(_world, "disruptionsAllowed")));
        Assert.Equal(BudgetCensus.Patience, _world.PlanFor(Key).RequeueAfter);
        _world.Pass(BudgetCensus.Patience);
        _world.Settle();
        Assert.Equal((3, 1), (Status(_world, "currentHealthy"), Status(_world, "disruptionsAllowed")));
        Assert.Contains(_world.Events, note => note.Reason == "NotDeleted");
    }

    [Fact]
    public void Controller_without_a_scale_allows_nothing_and_says_so()
    {
        _world.Create(JsonNode.Parse("""
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default", "labels": { "app": "web" },
              "ownerReferences": [ { "apiVersion": "x/v1", "kind": "Thing", "name": "t", "uid": "1", "controller": true } ] }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }
            """)!.AsObject());
        _world.Create(Budget("\"maxUnavailable\": 1"));
        _world.Settle();
        Assert.Equal("SyncFailed", (string?)_world.Tree(Key)["status"]!["conditions"]![0]!["reason"]);
        Assert.Contains(_world.Events, note => note.Reason == "CalculateExpectedPodCountFailed");
    }

    /// <summary>Whatever comes in between, and however far the controller's view lags behind, evictions alone never leave fewer healthy pods than desired.</summary>
    [Fact]
    public void Evictions_never_break_a_budget() => Assert.Null(Broken(guarded: true));

    [Fact]
    public void Without_its_guard_a_count_that_was_overtaken_would_break_it() => Assert.NotNull(Broken(guarded: false));

    private static string? Broken(bool guarded)
    {
        string? broken = null;
        Gen.Select(Gen.Int[2, 6], Gen.Int[1, 3], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 1000]).Array[10, 80]).Sample((replicas, unavailable, steps) =>
        {
            var world = new World();
            Deployed(world, replicas, $"\"maxUnavailable\": {unavailable}");
            world.Lagging = true;
            Plan? late = null;
            foreach (var (step, pick) in steps)
            {
                if (step == 0 && world.ActivePods.ToArray() is { Length: > 0 } pods) Evict(world, pods[pick % pods.Length]);
                if (step == 1) late = world.PlanFor(Key);

                // The plan's command comes to the budget after what else came to it meanwhile.
                if (step == 2 && late is { Commands: [PatchObject patch] }) world.Send(guarded ? patch : patch with { Preconditions = new(patch.Preconditions.Uid) });
                if (step == 3) world.ShowSome(1 + pick % 3);
                if (step == 4 && world.Live(World.Pods).FirstOrDefault(pod => pod.Header.DeletionTimestamp is not null) is { } gone) world.Delete(gone.Key, grace: 0);
                var healthy = world.ActivePods.Count(pod => pod.Header.Ready);
                if (healthy < replicas - unavailable) broken = $"{healthy} of {replicas} with {unavailable} allowed to be missing";
            }
            return broken is null || !guarded;
        }, iter: 400);
        return broken;
    }

    private static void Evict(World world, StoredObject pod)
    {
        if (world.Send(new PatchObject(Key, new DisruptionPatch(pod.Key.Name, world.Now), "status", User)) is ObjectAccepted) world.Delete(pod.Key);
    }

    private static void Deployed(World world, int replicas, string limit)
    {
        world.Create(Samples.Deployment(replicas));
        world.Create(Budget(limit));
        world.Finish();
    }

    private static JsonObject Budget(string limit) => JsonNode.Parse($$"""
        { "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web", "namespace": "default" },
          "spec": { {{limit}}, "selector": { "matchLabels": { "app": "web" } } } }
        """)!.AsObject();

    private static int Status(World world, string member) => (int)world.Tree(Key)["status"]![member]!;

    private ObjectResult Ask(string pod) => _world.Send(new PatchObject(Key, new DisruptionPatch(pod, _world.Now), "status", User));
}
