using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using ControlPlane.Objects.Patching;
using ControlPlane.Policy.ResourceQuotas;
using CsCheck;
using Shared.Api;
using Shared.Json;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.Policy;

/// <summary>ResourceQuotas: what they count, and that they are never exceeded.</summary>
public sealed class QuotaTests
{
    private static readonly GroupResource Maps = new("", "configmaps");
    private static readonly ObjectKey Key = new("", "resourcequotas", "default", "q");
    private static readonly Requester User = new("user", "kubectl", []);

    [Theory]
    [InlineData("""{ "containers": [ { "name": "a", "resources": { "requests": { "cpu": "100m", "memory": "1Gi", "x.io/gpu": "2" }, "limits": { "cpu": "1" } } }, { "name": "b", "resources": { "requests": { "cpu": "1.5" } } } ] }""",
        "count/pods=1,cpu=1600,limits.cpu=1000,memory=1073741824,pods=1,requests.cpu=1600,requests.memory=1073741824,requests.x.io/gpu=2")]
    [InlineData("""{ "overhead": { "cpu": "50m" }, "initContainers": [ { "name": "i", "resources": { "requests": { "cpu": "2" } } } ], "containers": [ { "name": "a", "resources": { "requests": { "cpu": "1" } } } ] }""",
        "count/pods=1,cpu=2050,limits.cpu=50,pods=1,requests.cpu=2050")]
    public void Pod_takes_what_its_containers_ask_for(string spec, string expected) =>
        Assert.Equal(expected, Shown(QuotaUse.Of(World.Pods, new JsonObject { ["spec"] = JsonNode.Parse(spec) })));

    [Fact]
    public void Pod_that_has_ended_takes_nothing_but_its_place_among_the_objects()
    {
        var pod = JsonNode.Parse("""{ "spec": { "containers": [ { "name": "a", "resources": { "requests": { "cpu": "1" } } } ] }, "status": { "phase": "Succeeded" } }""")!.AsObject();
        Assert.Equal("count/pods=1", Shown(QuotaUse.Of(World.Pods, pod)));
    }

    [Theory]
    [InlineData("services", """{ "type": "LoadBalancer", "ports": [ { "port": 1 }, { "port": 2 } ] }""", "count/services=1,services=1,services.loadbalancers=1,services.nodeports=2")]
    [InlineData("services", """{ "type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [ { "port": 1 }, { "port": 2, "nodePort": 30000 } ] }""", "count/services=1,services=1,services.loadbalancers=1,services.nodeports=1")]
    [InlineData("services", """{ "type": "ClusterIP", "ports": [ { "port": 1 } ] }""", "count/services=1,services=1")]
    [InlineData("persistentvolumeclaims", """{ "storageClassName": "gold", "resources": { "requests": { "storage": "1Gi" } } }""",
        "count/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/requests.storage=1073741824,persistentvolumeclaims=1,requests.storage=1073741824")]
    [InlineData("endpoints", "{}", "count/endpoints=1")]
    public void Other_objects_take_what_they_are(string resource, string spec, string expected) =>
        Assert.Equal(expected, Shown(QuotaUse.Of(new("", resource), new JsonObject { ["spec"] = JsonNode.Parse(spec) })));

    [Theory]
    [InlineData("Terminating", """{ "activeDeadlineSeconds": 5 }""", true)]
    [InlineData("Terminating", "{}", false)]
    [InlineData("NotTerminating", "{}", true)]
    [InlineData("BestEffort", """{ "containers": [ { "name": "c" } ] }""", true)]
    [InlineData("NotBestEffort", """{ "containers": [ { "name": "c", "resources": { "requests": { "cpu": "1" } } } ] }""", true)]
    [InlineData("PriorityClass", """{ "priorityClassName": "p" }""", true)]
    [InlineData("PriorityClass", "{}", false)]
    [InlineData("CrossNamespacePodAffinity", """{ "affinity": { "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [ { "weight": 1, "podAffinityTerm": { "namespaceSelector": {} } } ] } } }""", true)]
    [InlineData("CrossNamespacePodAffinity", """{ "affinity": { "podAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [ { "topologyKey": "x" } ] } } }""", false)]
    public void Scopes_say_which_pods_count(string scope, string spec, bool counts)
    {
        var use = QuotaUse.Of(World.Pods, new JsonObject { ["spec"] = JsonNode.Parse(spec) });
        Assert.Equal(counts, new QuotaScope(scope, "Exists", []).Matches(use));
    }

    [Fact]
    public void Pod_whose_node_did_not_end_it_in_time_does_not_count_any_more()
    {
        var world = new World();
        var pod = world.Create(JsonNode.Parse("""{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default" }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""")!.AsObject());
        world.Create(Quota("pods", 1));
        world.Settle();
        world.Delete(pod.Key, grace: 30);
        world.Settle();
        Assert.Equal("1", Used(world, "pods"));
        Assert.Equal(TimeSpan.FromSeconds(60), world.PlanFor(Key).RequeueAfter);
        world.Pass(TimeSpan.FromSeconds(60));
        world.Settle();
        Assert.Equal("0", Used(world, "pods"));
    }

    [Fact]
    public async Task Claim_that_nobody_knows_the_end_of_is_given_up_after_a_while()
    {
        var world = new World();
        world.Create(Quota("configmaps", 1));
        world.Settle();
        var outcome = await Claimed(world, "a");
        Assert.Null(outcome.Rejection);
        Assert.Equal("configmaps \"b\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1", (await Claimed(world, "b")).Rejection!.Message);
        world.Settle();
        Assert.Equal("1", Used(world, "configmaps"));
        world.Pass(QuotaClaim.Patience);
        world.Settle();
        Assert.Equal("0", Used(world, "configmaps"));
        Assert.Null((await Claimed(world, "b")).Rejection);
    }

    [Fact]
    public async Task Claim_of_a_write_that_was_refused_is_given_back_at_once_and_only_once()
    {
        var world = new World();
        world.Create(Quota("configmaps", 2));
        world.Settle();
        var outcome = await Claimed(world, "a");
        await Claimed(world, "b");
        await outcome.Reservation!.Refused();
        await outcome.Reservation!.Refused();
        Assert.Equal("1", Used(world, "configmaps"));
    }

    /// <summary>However far the count lags behind, whatever is lost on the way and whoever crashes: never are there more objects than the quota has.</summary>
    [Fact]
    public void Quota_is_never_exceeded() => Assert.Null(Exceeded());

    [Fact]
    public void Without_the_version_it_was_made_from_a_count_that_was_overtaken_would_let_it_be() =>
        Assert.NotNull(Exceeded(plan => plan is { Commands: [PatchObject patch] } ? plan with { Commands = [patch with { Preconditions = new(patch.Preconditions.Uid) }] } : plan));

    [Fact]
    public void Without_its_claims_a_count_that_has_not_seen_a_write_would_let_it_be() => Assert.NotNull(Exceeded(forgetsClaims: true));

    private static string? Exceeded(Func<Plan, Plan>? mutant = null, bool forgetsClaims = false)
    {
        string? exceeded = null;
        var spoiled = mutant is not null || forgetsClaims;
        Gen.Select(Gen.Int[1, 4], Gen.Select(Gen.Int[0, 7], Gen.Int[0, 1000]).Array[10, 80]).Sample((most, steps) =>
        {
            // Of a mutant one such run is enough; until it is found it is looked for long.
            if (exceeded is not null) return spoiled;
            var world = new World();
            world.Create(Quota("configmaps", most));
            world.Settle();
            world.Lagging = true;
            var (admitted, made, late, passed) = (new List<(CreateObject Create, IReservation Reservation)>(), 0, (Plan?)null, TimeSpan.Zero);
            foreach (var (step, pick) in steps)
            {
                switch (step)
                {
                    case 0 when Admitted(world, $"m{made++}").Result is ({ Rejection: null, Reservation: { } reservation }, var create):
                        admitted.Add((create, reservation));
                        break;
                    case 1 when admitted.Count > 0: // what was admitted is stored, or not, some time later
                        var (write, held) = admitted[pick % admitted.Count];
                        admitted.Remove((write, held));
                        if (pick % 3 == 0) held.Refused().AsTask().Wait();
                        else world.Must(write);
                        break;
                    case 2: // as a plan that is on its way while others write
                        if (forgetsClaims) world.Patch(Key, new FieldPatch(JsonNode.Parse("""{ "status": { "claims": null } }""")!.AsObject()), "status");
                        late = Planned(world);
                        break;
                    case 3 when late is { Commands: [var command] }:
                        world.Send(command);
                        late = null;
                        break;
                    case 4:
                        world.ShowSome(1 + pick % 3);
                        break;
                    case 5 when world.Live(Maps).ToArray() is { Length: > 0 } maps:
                        world.Delete(maps[pick % maps.Length].Key);
                        break;
                    case 6:
                        foreach (var command in Planned(world).Commands) world.Send(command);
                        break;
                    case 7 when passed < QuotaClaim.Patience / 2: // longer than that no write is on its way
                        passed += QuotaReconciler.Tidying;
                        world.Pass(QuotaReconciler.Tidying);
                        break;
                }
                var there = world.Live(Maps).Count();
                if (there > most) exceeded = $"{there} of {most}";
            }
            return exceeded is null || spoiled;
        }, iter: spoiled ? 20_000 : 400);
        return exceeded;

        Plan Planned(World world) => mutant is null ? world.PlanFor(Key) : mutant(world.PlanFor(Key));
    }

    private static async Task<AdmissionOutcome> Claimed(World world, string name) => (await Admitted(world, name)).Outcome;

    private static async Task<(AdmissionOutcome Outcome, CreateObject Create)> Admitted(World world, string name)
    {
        var (kind, key) = (WorldKinds.Named("ConfigMap"), new ObjectKey("", "configmaps", "default", name));
        var step = new QuotaAdmission(command => Task.FromResult(world.Send(command)), world.View);
        var create = new CreateObject(key, Map(name), User);
        return (await step.Admit(new(kind, null, create, WriteOperation.Create, create.Object.ToJsonObject(), world.Now) { Verb = "create" }, CancellationToken.None), create);
    }

    private static JsonObject Map(string name) => new() { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" } };

    private static JsonObject Quota(string resource, int hard) => JsonNode.Parse($$"""
        { "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q", "namespace": "default" }, "spec": { "hard": { "{{resource}}": "{{hard}}" } } }
        """)!.AsObject();

    private static string Used(World world, string resource) => world.Tree(Key).Text("status", "used", resource);

    private static string Shown(QuotaUse use) => string.Join(',', use.Amounts.Select(entry => $"{entry.Key}={entry.Value}"));
}
