using Akka.Actor;
using ControlPlane.Nodes.Streams;
using ControlPlane.Objects;
using CsCheck;
using NodeActor.Agent;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>Which ConfigMaps and Secrets come to a node, and when; agents are played with the follower they have.</summary>
public sealed class NodeStreamsTests : ActorTest
{
    private const string Node = "node-1";
    private readonly ObjectStore _store = new();

    [Fact]
    public void Snapshot_holds_what_the_nodes_pods_use_and_nothing_else()
    {
        foreach (var name in (string[])["mine", "theirs", "nobodys"]) Put(name);
        _store.Put(Pod("web", 1, ["mine"]));
        _store.Put(Pod("other", 1, ["theirs"], node: "node-2"));
        var snapshot = Pull(Streams(), 0);
        Assert.Equal(["secrets/mine", "pods/web"], Named(snapshot));
    }

    [Fact]
    public void Held_pull_is_answered_when_what_a_pod_uses_changes_goes_or_comes_and_by_no_other_object()
    {
        Put("tls");
        _store.Put(Pod("web", 1, ["tls", "absent"]));
        var streams = Streams();
        var to = Pull(streams, 0).To;
        foreach (var change in (Action[])[() => Put("tls"), () => Put("tls", deleted: true), () => Put("absent")])
        {
            streams.Tell(new PullChanges(new(Node), 1, 1, to, "", false), TestActor);
            Put("nobodys");
            ExpectNoMsg(TimeSpan.FromMilliseconds(50));
            change();
            var told = ExpectMsg<NodeChanges>();
            Assert.Single(told.Items);
            to = told.To;
        }
    }

    [Fact]
    public void What_no_pod_uses_any_more_is_withdrawn_and_its_changes_are_not_told()
    {
        Put("tls");
        _store.Put(Pod("a", 1, ["tls"]));
        _store.Put(Pod("b", 1, ["tls"]));
        var streams = Streams();
        var to = Pull(streams, 0).To;
        _store.Put(Pod("a", 1, ["tls"]), deleted: true);
        var first = Pull(streams, to);
        Assert.Equal(["pods/a"], Named(first));
        _store.Put(Pod("b", 1, ["tls"]), deleted: true);
        var second = Pull(streams, first.To);
        Assert.Equal(["secrets/tls", "pods/b"], Named(second));
        Assert.All(second.Items, item => Assert.True(item is { Deleted: true, Json.Length: 0 }));

        streams.Tell(new PullChanges(new(Node), 1, 1, second.To, "", false), TestActor);
        Put("tls");
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Control_plane_that_has_not_served_the_agent_tells_what_a_pod_uses_that_was_bound_meanwhile()
    {
        Put("tls");
        _store.Put(Pod("web", 1, ["tls"], node: ""));
        var to = Pull(Streams(), 0).To;
        _store.Put(Pod("web", 1, ["tls"]));
        Assert.Equal(["secrets/tls", "pods/web"], Named(Pull(Streams(), to)));
    }

    [Fact]
    public void Node_gets_its_own_volumes_and_the_claims_its_pods_use_before_the_pods()
    {
        _store.Put(Claim("data", "pvc-1"));
        _store.Put(Claim("nobodys", "pvc-3"));
        foreach (var (name, node) in new[] { ("pvc-1", Node), ("pvc-2", "node-2") }) _store.Put(Volume(name, node));
        _store.Put(Using("web", "data"));
        var streams = Streams();
        var snapshot = Pull(streams, 0);
        Assert.Equal(["persistentvolumes/pvc-1", "persistentvolumeclaims/data", "pods/web"], Named(snapshot));

        // Whoever serves the agent next tells the same of what came meanwhile.
        _store.Put(Volume("pvc-4", Node));
        _store.Put(Volume("pvc-2", "node-2"));
        _store.Put(Claim("late", "pvc-4"));
        _store.Put(Using("db", "late"));
        foreach (var asked in (IActorRef[])[streams, Streams()]) Assert.Equal(["persistentvolumes/pvc-4", "persistentvolumeclaims/late", "pods/db"], Named(Pull(asked, snapshot.To)));
    }

    [Fact]
    public void Held_pull_is_answered_when_a_volume_of_the_node_changes_and_by_no_other_volume()
    {
        _store.Put(Volume("pvc-1", Node));
        var streams = Streams();
        var to = Pull(streams, 0).To;
        streams.Tell(new PullChanges(new(Node), 1, 1, to, "", false), TestActor);
        _store.Put(Volume("pvc-2", "node-2"));
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        _store.Put(Volume("pvc-1", Node));
        Assert.Equal(["persistentvolumes/pvc-1"], Named(ExpectMsg<NodeChanges>()));
    }

    [Fact]
    public void Held_pull_is_answered_in_its_time_whatever_becomes_of_the_time_of_day()
    {
        var time = new SteppedTime();
        _store.Put(Pod("web", 1, []));
        var streams = Sys.ActorOf(NodeStreamsActor.Props(_store.Cache, time));
        var to = Pull(streams, 0).To;
        foreach (var step in (TimeSpan[])[TimeSpan.FromHours(1), TimeSpan.FromHours(-2)])
        {
            streams.Tell(new PullChanges(new(Node), 1, 1, to, "", false), TestActor);
            time.Step(step);
            streams.Tell(NodeStreamsActor.SweepDue.Instance);
            ExpectNoMsg(TimeSpan.FromMilliseconds(50));
            time.Sleep(NodeProtocol.LongPoll);
            streams.Tell(NodeStreamsActor.SweepDue.Instance);
            Assert.Empty(ExpectMsg<NodeChanges>().Items);
        }
    }

    /// <summary>
    /// Whatever happens, and whichever of two control planes an agent asks, with answers lost and batches cut anywhere: it never gets what no pod of its node uses,
    /// it never takes for missing what a pod it knows uses and what was there all the time, and in the end it has exactly what is used, in its newest version.
    /// </summary>
    [Fact]
    public void Follower_has_what_its_pods_use_and_nothing_else() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 7], Gen.Bool, Gen.Bool, Gen.Int[0, 3]).Array[1, 60].Sample(steps =>
        {
            var world = new World(this);
            foreach (var (what, which, uses, big, other, lost) in steps) world.Do(what, which, uses, big, other, lost == 0);
            world.Quiesce();
        }, iter: 200, threads: 1);

    private IActorRef Streams() => Sys.ActorOf(NodeStreamsActor.Props(_store.Cache, TimeProvider.System));

    private NodeChanges Pull(IActorRef streams, long after, string next = "")
    {
        streams.Tell(new PullChanges(new(Node), 1, 1, after, next, false), TestActor);
        return ExpectMsg<NodeChanges>();
    }

    private void Put(string name, bool deleted = false) => _store.Put(Secret(name, 1), deleted);

    private static IEnumerable<string> Named(NodeChanges changes) => changes.Items.Select(item => $"{item.Key.Resource}/{item.Key.Name}");

    private static StoredObject Secret(string name, int bytes) =>
        NodeObjects.Stored(new("", "secrets", "default", name), $$"""{ "metadata": { "name": "{{name}}", "namespace": "default", "uid": "s" }, "data": { "a": "{{new string('x', bytes)}}" } }""");

    private static StoredObject Claim(string name, string volume) =>
        NodeObjects.Stored(new("", "persistentvolumeclaims", "default", name), $$"""{ "metadata": { "name": "{{name}}", "namespace": "default", "uid": "c" }, "spec": { "volumeName": "{{volume}}" } }""");

    private static StoredObject Volume(string name, string node) => NodeObjects.Stored(new("", "persistentvolumes", "", name), $$"""
        { "metadata": { "name": "{{name}}", "uid": "v" }, "spec": { "csi": { "driver": "{{NodeDirectory.Driver}}", "volumeHandle": "{{name}}", "volumeAttributes": { "{{NodeDirectory.NodeAttribute}}": "{{node}}" } } } }
        """);

    private static StoredObject Using(string name, string claim) => NodeObjects.Stored(new("", "pods", "default", name), $$"""
        { "metadata": { "name": "{{name}}", "namespace": "default", "uid": "u", "generation": 1 },
          "spec": { "nodeName": "{{Node}}", "volumes": [{ "name": "v", "persistentVolumeClaim": { "claimName": "{{claim}}" } }] } }
        """);

    private static StoredObject Pod(string name, int generation, IEnumerable<string> secrets, string node = Node, string uid = "u")
    {
        var volumes = string.Join(", ", secrets.Select(secret => $$"""{ "name": "{{secret}}", "secret": { "secretName": "{{secret}}" } }"""));
        return NodeObjects.Stored(new("", "pods", "default", name), $$"""
            { "metadata": { "name": "{{name}}", "namespace": "default", "uid": "{{uid}}", "generation": {{generation}} }, "spec": { "nodeName": "{{node}}", "volumes": [{{volumes}}] } }
            """);
    }

    /// <summary>Two control planes' streams over one history, and one agent.</summary>
    private sealed class World
    {
        private readonly NodeStreamsTests _test;
        private readonly ObjectStore _store = new();
        private readonly IActorRef[] _streams;
        private readonly ObjectFollower _follower = new();
        private readonly Dictionary<string, long> _absentUntil = [];
        private readonly HashSet<string> _ever = [];
        private readonly Dictionary<string, int> _born = [];
        private int _generation;
        private int _pulls;

        public World(NodeStreamsTests test)
        {
            _test = test;
            _streams = [.. Enumerable.Range(0, 2).Select(_ => test.Sys.ActorOf(NodeStreamsActor.Props(_store.Cache, TimeProvider.System)))];
        }

        public void Do(int what, int which, int uses, bool big, bool other, bool lost)
        {
            var used = Enumerable.Range(0, 3).Where(i => (uses & (1 << i)) != 0).Select(i => $"s{i}").ToArray();
            switch (what)
            {
                case 0:
                    _store.Put(Secret($"s{which}", big ? NodeProtocol.MaxBatchBytes / 2 : 1));
                    break;
                case 1 when Live($"s{which}"):
                    _store.Put(Secret($"s{which}", 1), deleted: true);
                    break;
                case 2 when other:
                    _store.Put(Pod($"o{which}", ++_generation, used, "node-2"));
                    break;
                case 2:
                    _ever.UnionWith(used);
                    _born.TryAdd($"p{which}", _generation);
                    _store.Put(Pod($"p{which}", ++_generation, used, uid: $"{_born[$"p{which}"]}"));
                    break;
                case 3 when _born.Remove($"p{which}"):
                    _store.Put(_store.Cache.Get(new("", "pods", "default", $"p{which}"))!, deleted: true);
                    break;
                case 4:
                    PullOnce(_streams[other ? 1 : 0], lost);
                    break;
            }
            foreach (var name in (string[])["s0", "s1", "s2"])
            {
                if (!Live(name)) _absentUntil[name] = _store.Cache.Revision;
            }
        }

        public void Quiesce()
        {
            do PullOnce(_streams[_pulls % 7 == 0 ? 1 : 0], false);
            while (_follower.Position < _store.Cache.Revision);
            var used = _store.Cache.PodsOn(Node).SelectMany(pod => UsedObjects.Of(pod)).Distinct().Select(key => _store.Cache.Get(key)).OfType<StoredObject>();
            Assert.Equal(
                used.Select(found => (found.Key.Name, found.Revision)).Order(),
                _follower.Objects.Values.Where(found => found.Key.Resource == "secrets").Select(found => (found.Key.Name, found.Revision)).Order());
        }

        private bool Live(string name) => _store.Cache.Get(new("", "secrets", "default", name)) is not null;

        private void PullOnce(IActorRef streams, bool lost)
        {
            // There is always something to tell: no pull is held.
            if (_follower.After >= _store.Cache.Revision || _follower.Continue.Length == 0) _store.Put(Pod("tick", ++_generation, []));
            streams.Tell(new PullChanges(new(Node), 1, ++_pulls, _follower.After, _follower.Continue, false), _test.TestActor);
            var told = _test.ExpectMsg<NodeChanges>(answer => Assert.Equal(_pulls, answer.Sequence), TimeSpan.FromSeconds(10));
            Assert.All(told.Items.Where(item => item.Key.Resource == "secrets"), item => Assert.Contains(item.Key.Name, _ever));
            if (lost) return;
            _follower.Apply(told);
            foreach (var pod in _follower.Objects.Values.Where(found => found.Key.Resource == "pods" && found.Revision <= _follower.Position))
            {
                foreach (var key in PodReferences.Of((System.Text.Json.Nodes.JsonObject)ObjectLimits.Parse(pod.Json.Span)!).All.Where(key => !_follower.Objects.ContainsKey(key)))
                {
                    Assert.True(_absentUntil.GetValueOrDefault(key.Name, -1) >= pod.Revision, $"{key} of {pod.Key} at {pod.Revision} was always there");
                }
            }
        }
    }
}
