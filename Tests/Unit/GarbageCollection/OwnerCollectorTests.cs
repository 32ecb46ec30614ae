using System.Text.Json.Nodes;
using ControlPlane.GarbageCollection;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.GarbageCollection;

public sealed class OwnerCollectorTests
{
    private static readonly Requester User = new("user", "kubectl", []);
    private readonly World _world = new();
    private readonly OwnerCollector _collector = new(TestCatalogue.Default);

    private static readonly ObjectKey Home = new("", "namespaces", "", "default");

    private static ObjectKey Key(string name) => new("", "configmaps", "default", name);

    private static StoredObject Add(World world, string name, params (StoredObject Owner, bool Blocks)[] owners) =>
        Make(world, name, [.. owners.Select(owner => new OwnerRef("v1", "ConfigMap", owner.Owner.Key.Name, owner.Owner.Uid, false, owner.Blocks))]);

    private static StoredObject Make(World world, string name, params OwnerRef[] owners)
    {
        if (world.Find(Home) is null) world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "default" } });
        return world.Create(Map(name, owners));
    }

    private static JsonObject Map(string name, params OwnerRef[] owners) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = "default",
            ["ownerReferences"] = new JsonArray([.. owners.Select(owner => (JsonNode)OwnerReferenceJson.Write(owner))]),
        },
    };

    private StoredObject Add(string name, params (StoredObject, bool)[] owners) => Add(_world, name, owners);

    private void Delete(string name, Propagation propagation) => _world.Must(new DeleteObject(Key(name), null, propagation, User));

    private bool Lives(string name) => _world.Find(Key(name)) is not null;

    private IReadOnlyList<string> OwnersOf(string name) => [.. _world.Get(Key(name)).Header.Owners.Select(owner => owner.Name)];

    private void Collect() => Collect(_world, _collector);

    private static void Collect(World world, OwnerCollector collector)
    {
        for (var round = 0; round < 100; round++)
        {
            var busy = false;
            foreach (var item in world.Live(new("", "configmaps")).ToArray())
            {
                if (world.Find(item.Key) is not { } current) continue;
                foreach (var command in collector.Examine(current, world.View))
                {
                    world.Send(command);
                    busy = true;
                }
            }
            if (!busy) return;
        }
        throw new InvalidOperationException("The collector never came to rest.");
    }

    [Fact]
    public void Background_owner_gone_takes_its_dependents_and_theirs()
    {
        var a = Add("a");
        var b = Add("b", (a, false));
        Add("c", (b, true));
        Add("other");
        Delete("a", Propagation.Background);
        Collect();
        Assert.Equal(["other"], _world.Live(new("", "configmaps")).Select(found => found.Key.Name));
    }

    [Fact]
    public void Dependent_with_another_living_owner_only_loses_the_reference()
    {
        var (a, b) = (Add("a"), Add("b"));
        Add("c", (a, false), (b, false));
        Delete("a", Propagation.Background);
        Collect();
        Assert.Equal(["b"], OwnersOf("c"));
        Delete("b", Propagation.Background);
        Collect();
        Assert.False(Lives("c"));
    }

    [Fact]
    public void Owner_made_anew_under_the_same_name_is_another_owner()
    {
        var a = Add("a");
        Add("c", (a, false));
        Delete("a", Propagation.Background);
        Add("a");
        Collect();
        Assert.True(Lives("a"));
        Assert.False(Lives("c"));
    }

    [Fact]
    public void Owner_of_an_unknown_kind_cannot_be_called_gone()
    {
        Make(_world, "c", new OwnerRef("example.com/v1", "Thing", "x", "uid-x", true, true));
        Collect();
        Assert.True(Lives("c"));
    }

    [Fact]
    public void Owner_that_never_was_is_gone()
    {
        Make(_world, "c", new OwnerRef("v1", "ConfigMap", "never", "uid-never", false, false));
        Collect();
        Assert.False(Lives("c"));
    }

    [Fact]
    public void Owner_cluster_scoped_is_found_without_a_namespace()
    {
        var node = _world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["metadata"] = new JsonObject { ["name"] = "n" } });
        Make(_world, "c", new OwnerRef("v1", "Node", "n", node.Uid, false, false));
        Collect();
        Assert.True(Lives("c"));
        _world.Delete(node.Key);
        Collect();
        Assert.False(Lives("c"));
    }

    [Fact]
    public void Foreground_owner_waits_for_dependents_that_block_it()
    {
        var a = Add("a");
        Add("c", (a, true));
        _world.Patch(Key("c"), """{ "metadata": { "finalizers": ["x/hold"] } }""");
        Delete("a", Propagation.Foreground);
        Collect();
        Assert.True(Lives("a"));
        Assert.NotNull(_world.Get(Key("c")).Header.DeletionTimestamp);
        _world.Patch(Key("c"), """{ "metadata": { "finalizers": null } }""");
        Collect();
        Assert.False(Lives("a") || Lives("c"));
    }

    [Fact]
    public void Foreground_owner_does_not_wait_for_dependents_that_do_not_block_it()
    {
        var a = Add("a");
        Add("c", (a, false));
        _world.Patch(Key("c"), """{ "metadata": { "finalizers": ["x/hold"] } }""");
        Delete("a", Propagation.Foreground);
        Collect();
        Assert.False(Lives("a"));
        Assert.NotNull(_world.Get(Key("c")).Header.DeletionTimestamp);
    }

    [Fact]
    public void Foreground_goes_down_the_tree_leaves_first()
    {
        var a = Add("a");
        var b = Add("b", (a, true));
        Add("c", (b, true));
        _world.Patch(Key("c"), """{ "metadata": { "finalizers": ["x/hold"] } }""");
        Delete("a", Propagation.Foreground);
        Collect();
        Assert.True(Lives("a") && Lives("b") && Lives("c"));
        _world.Patch(Key("c"), """{ "metadata": { "finalizers": null } }""");
        Collect();
        Assert.Empty(_world.Live(new("", "configmaps")));
    }

    [Fact]
    public void Foreground_dependent_with_another_living_owner_is_set_free_of_this_one()
    {
        var (a, b) = (Add("a"), Add("b"));
        Add("c", (a, true), (b, false));
        Delete("a", Propagation.Foreground);
        Collect();
        Assert.False(Lives("a"));
        Assert.Equal(["b"], OwnersOf("c"));
    }

    [Fact]
    public void Foreground_in_a_circle_comes_to_an_end()
    {
        var a = Add("a");
        var b = Add("b", (a, true));
        _world.Patch(Key("a"), $$"""{ "metadata": { "ownerReferences": [ { "apiVersion": "v1", "kind": "ConfigMap", "name": "b", "uid": "{{b.Uid}}", "blockOwnerDeletion": true } ] } }""");
        Delete("a", Propagation.Foreground);
        Collect();
        Assert.Empty(_world.Live(new("", "configmaps")));
    }

    [Fact]
    public void Orphan_dependents_lose_the_reference_and_live()
    {
        var (a, b) = (Add("a"), Add("b"));
        Add("c", (a, true));
        Add("d", (a, true), (b, false));
        Delete("a", Propagation.Orphan);
        Assert.True(Lives("a"));
        Collect();
        Assert.False(Lives("a"));
        Assert.Empty(OwnersOf("c"));
        Assert.Equal(["b"], OwnersOf("d"));
    }

    [Fact]
    public void Deletion_of_a_dependent_that_changed_meanwhile_is_refused()
    {
        var a = Add("a");
        Add("c", (a, false));
        Delete("a", Propagation.Background);
        var deletion = Assert.Single(_collector.Examine(_world.Get(Key("c")), _world.View));
        var b = Add("b");
        _world.Patch(Key("c"), $$"""{ "metadata": { "ownerReferences": [ { "apiVersion": "v1", "kind": "ConfigMap", "name": "b", "uid": "{{b.Uid}}" } ] } }""");
        Assert.Equal("Conflict", Assert.IsType<ObjectRejected>(_world.Send(deletion)).Status.Reason);
    }

    [Fact]
    public void Concerned_tombstone_names_its_dependents_and_the_owner_that_waits()
    {
        var a = Add("a");
        var b = Add("b", (a, true));
        var c = Add("c", (b, true));
        var keys = new HashSet<ObjectKey>();
        _collector.Concerned(new ObjectChange(b, b, Deleted: true), _world.View, keys);
        Assert.Equal([c.Key], keys);
        Delete("a", Propagation.Foreground);
        _collector.Concerned(new ObjectChange(b, b, Deleted: true), _world.View, keys);
        Assert.Equal([a.Key, c.Key], keys.OrderBy(key => key.Name));
    }

    [Fact]
    public void Concerned_change_that_leaves_the_owners_names_nobody()
    {
        var a = Add("a");
        var b = Add("b", (a, true));
        var keys = new List<ObjectKey>();
        _collector.Concerned(new ObjectChange(b, b, Deleted: false), _world.View, keys);
        _collector.Concerned(new ObjectChange(a, null, Deleted: false), _world.View, keys);
        Assert.Empty(keys);
        _collector.Concerned(new ObjectChange(b, null, Deleted: false), _world.View, keys);
        Assert.Equal([b.Key], keys);
    }

    [Fact]
    public void Object_that_comes_when_its_namespace_has_gone_is_deleted()
    {
        var late = _world.Create(Map("late"));
        var keys = new List<ObjectKey>();
        _collector.Concerned(new ObjectChange(late, null, Deleted: false), _world.View, keys);
        Assert.Equal([late.Key], keys);
        var delete = Assert.IsType<DeleteObject>(Assert.Single(_collector.Examine(late, _world.View)));
        Assert.Equal((late.Key, late.Uid), (delete.Key, delete.Preconditions.Uid));
        Assert.True(OwnerCollector.Concerns(late));
    }

    [Fact]
    public void Object_that_came_while_its_namespace_went_is_found_when_that_is_gone()
    {
        var left = Add("left");
        Assert.Empty(_collector.Examine(left, _world.View));
        var home = _world.Get(Home);
        // What the namespace's controller saw of its contents was older.
        _world.Must(new DeleteObject(Home, null, Propagation.Background, User));
        _world.Patch(Home, new ControlPlane.Workloads.Namespaces.ReleaseNamespacePatch());
        Assert.Null(_world.Find(Home));
        var keys = new List<ObjectKey>();
        _collector.Concerned(new ObjectChange(home, home, Deleted: true), _world.View, keys);
        Assert.Contains(left.Key, keys);
        Assert.IsType<DeleteObject>(Assert.Single(_collector.Examine(left, _world.View)));
    }

    [Fact]
    public void Any_graph_what_is_left_has_a_living_owner_or_never_had_one()
    {
        var nodes = Gen.Select(Gen.Int[0, 100], Gen.Int[0, 100], Gen.Int[0, 7]).Array[2, 14];
        Gen.Select(nodes, Gen.Int[0, 13].Array[1, 5], Gen.Int[0, 1].Array[5]).Sample((graph, deleted, how) =>
        {
            var world = new World();
            var collector = new OwnerCollector(TestCatalogue.Default);
            var made = new List<StoredObject>();
            foreach (var (first, second, flags) in graph)
            {
                var owners = new List<(StoredObject, bool)>();
                if (made.Count > 0 && (flags & 1) != 0) owners.Add((made[first % made.Count], (flags & 2) != 0));
                if (made.Count > 1 && (flags & 4) != 0 && made[second % made.Count].Uid != owners.FirstOrDefault().Item1?.Uid) owners.Add((made[second % made.Count], false));
                made.Add(Add(world, $"n{made.Count}", [.. owners]));
            }
            for (var i = 0; i < deleted.Length; i++)
            {
                var victim = made[deleted[i] % made.Count];
                if (world.Find(victim.Key) is not null) world.Must(new DeleteObject(victim.Key, null, how[i % how.Length] == 0 ? Propagation.Background : Propagation.Foreground, User));
                if (i % 2 == 0) Collect(world, collector);
            }
            Collect(world, collector);
            var gone = deleted.Select(index => made[index % made.Count].Key).ToHashSet();
            var expected = made.Where(item => Survives(item, made, gone)).Select(item => item.Key.Name);
            Assert.Equal(expected.Order(StringComparer.Ordinal), world.Live(new("", "configmaps")).Select(found => found.Key.Name));
        }, iter: 200);
    }

    private static bool Survives(StoredObject item, List<StoredObject> made, HashSet<ObjectKey> gone) =>
        !gone.Contains(item.Key)
        && (item.Header.Owners.IsEmpty || item.Header.Owners.Any(owner => Survives(made.Single(found => found.Uid == owner.Uid), made, gone)));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Pod_waits_to_be_counted_only_while_its_job_is_there(bool jobLives, bool waits)
    {
        Add("home");
        var job = _world.Create(Tests.Unit.Workloads.Jobs.JobSamples.Job());
        _world.Settle();
        var pod = _world.Live(World.Pods).Single();
        if (!jobLives) _world.Delete(job.Key);
        var before = _world.Get(pod.Key);
        var keys = new List<ObjectKey>();
        _collector.Concerned(new ObjectChange(job, job, Deleted: !jobLives), _world.View, keys);
        Assert.Equal(!jobLives, keys.Contains(pod.Key));
        foreach (var command in _collector.Examine(before, _world.View)) _world.Send(command);
        Assert.Equal(waits, _world.Get(pod.Key).Header.Finalizers.Contains("batch.kubernetes.io/job-tracking"));
        if (jobLives) return;
        // Released, it is looked at again: it has no owner any more.
        keys.Clear();
        _collector.Concerned(new ObjectChange(_world.Get(pod.Key), before, Deleted: false), _world.View, keys);
        Assert.Contains(pod.Key, keys);
        Assert.IsType<DeleteObject>(Assert.Single(_collector.Examine(_world.Get(pod.Key), _world.View)));
    }

    [Fact]
    public void Pod_disowned_or_of_a_namesake_waits_for_nobody()
    {
        Add("home");
        var job = _world.Create(Tests.Unit.Workloads.Jobs.JobSamples.Job());
        _world.Settle();
        var pod = _world.Live(World.Pods).Single();
        _world.Delete(job.Key);
        _world.Create(Tests.Unit.Workloads.Jobs.JobSamples.Job());
        Assert.IsType<FinalizerPatch>(Assert.IsType<PatchObject>(Assert.Single(_collector.Examine(_world.Get(pod.Key), _world.View))).Patch);
        _world.Patch(pod.Key, new DisownPatch([job.Uid]));
        var keys = new List<ObjectKey>();
        _collector.Concerned(new ObjectChange(_world.Get(pod.Key), pod, Deleted: false), _world.View, keys);
        Assert.Contains(pod.Key, keys);
    }

    [Fact]
    public void Job_held_by_a_cron_job_that_is_gone_is_let_go()
    {
        Add("home");
        var tick = _world.Create(Tests.Unit.Workloads.CronJobs.CronJobSamples.CronJob());
        _world.Pass(TimeSpan.FromMinutes(10));
        _world.Reconcile(tick.Key);
        var job = _world.Live(World.Jobs).Single();
        Assert.NotEmpty(job.Header.Finalizers);
        Assert.Empty(_collector.Examine(job, _world.View));
        _world.Delete(tick.Key);
        Assert.IsType<FinalizerPatch>(Assert.IsType<PatchObject>(Assert.Single(_collector.Examine(job, _world.View))).Patch);
    }
}
