using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Scheduling;
using CsCheck;

namespace Tests.Unit.Scheduling.Topology;

/// <summary>A node of a generated cluster. Null: it has no such label.</summary>
internal sealed record GeneratedNode(string Name, string? Zone, string? Rack, bool Ssd, bool Tainted)
{
    public string? Value(string key) => key switch { "zone" => Zone, "rack" => Rack, _ => Name };

    public NodeOffer Offer() => NodeOffer.Of(Some.Node(
        Name,
        taints: Tainted ? """[{"key":"dedicated","effect":"NoSchedule"}]""" : "[]",
        labels: new JsonObject(Labels().Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))).ToJsonString()));

    private Dictionary<string, string> Labels()
    {
        var labels = new Dictionary<string, string> { ["host"] = Name };
        if (Zone is not null) labels["zone"] = Zone;
        if (Rack is not null) labels["rack"] = Rack;
        if (Ssd) labels["disk"] = "ssd";
        return labels;
    }
}

/// <summary>A term in a generated pod: near or away from the pods with a value of the label app (null: with any), in which namespaces.</summary>
/// <param name="Key">zone, rack or host.</param>
/// <param name="App">The label's value.</param>
/// <param name="Reach">0: the pod's own namespace; 1: namespace "b"; 2: those with team=x; 3: all; 4: "a" and those with team=x.</param>
internal sealed record Term(string Key, string? App, int Reach);

/// <summary>A spreading constraint in a generated pod.</summary>
internal sealed record Spreading(string Key, string App, int MaxSkew, int MinDomains, bool IgnoreAffinity, bool HonorTaints, bool ByVersion);

/// <summary>A generated pod.</summary>
internal sealed record GeneratedPod(
    int Number, string Namespace, string App, string Version, bool Ssd, bool Tolerates, ImmutableArray<Term> Near, ImmutableArray<Term> Away, ImmutableArray<Spreading> Spread)
{
    public PodDemand Demand { get; } = Read(Number, Namespace, App, Version, Ssd, Tolerates, Near, Away, Spread);

    private static PodDemand Read(
        int number, string @namespace, string app, string version, bool ssd, bool tolerates, ImmutableArray<Term> near, ImmutableArray<Term> away, ImmutableArray<Spreading> spread)
    {
        var spec = new JsonObject
        {
            ["affinity"] = new JsonObject { ["podAffinity"] = Required(near), ["podAntiAffinity"] = Required(away) },
            ["topologySpreadConstraints"] = new JsonArray([.. spread.Select(Write)]),
        };
        if (ssd) spec["nodeSelector"] = new JsonObject { ["disk"] = "ssd" };
        if (tolerates) spec["tolerations"] = new JsonArray(new JsonObject { ["key"] = "dedicated", ["operator"] = "Exists" });
        return Some.Demand($"p{number}", spec: spec.ToJsonString(), @namespace: @namespace, labels: $$"""{"app":"{{app}}","version":"{{version}}"}""");
    }

    private static JsonObject Required(ImmutableArray<Term> terms) =>
        new() { ["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonArray([.. terms.Select(Write)]) };

    private static JsonObject Write(Term term)
    {
        var json = new JsonObject { ["topologyKey"] = term.Key, ["labelSelector"] = Selector(term.App) };
        if (term.Reach is 1) json["namespaces"] = new JsonArray("b");
        if (term.Reach is 4) json["namespaces"] = new JsonArray("a");
        if (term.Reach is 2 or 4) json["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["team"] = "x" } };
        if (term.Reach is 3) json["namespaceSelector"] = new JsonObject();
        return json;
    }

    private static JsonObject Write(Spreading spread)
    {
        var json = new JsonObject
        {
            ["topologyKey"] = spread.Key, ["whenUnsatisfiable"] = "DoNotSchedule", ["maxSkew"] = spread.MaxSkew, ["labelSelector"] = Selector(spread.App),
        };
        if (spread.MinDomains > 0) json["minDomains"] = spread.MinDomains;
        if (spread.IgnoreAffinity) json["nodeAffinityPolicy"] = "Ignore";
        if (spread.HonorTaints) json["nodeTaintsPolicy"] = "Honor";
        if (spread.ByVersion) json["matchLabelKeys"] = new JsonArray("version", "absent");
        return json;
    }

    private static JsonObject Selector(string? app) => app is null ? [] : new() { ["matchLabels"] = new JsonObject { ["app"] = app } };
}

/// <summary>A generated cluster: what is in it, without anything derived, and the layout that was told the same.</summary>
internal sealed class GeneratedCluster
{
    public Dictionary<string, GeneratedNode> Nodes { get; } = [];
    public Dictionary<int, (GeneratedPod Pod, string Node, bool Leaving)> Placed { get; } = [];

    /// <summary>The value of the label team of the namespaces "a" and "b".</summary>
    public Dictionary<string, string> Teams { get; } = new() { ["a"] = "", ["b"] = "" };

    public ClusterLayout Layout { get; } = new();

    private static readonly Gen<string> Key = One("zone", "rack", "host");
    private static readonly Gen<string> App = One("red", "blue");
    private static readonly Gen<Term> Terms = Gen.Select(Key, One<string?>("red", "blue", null), Gen.Int[0, 4], (key, app, reach) => new Term(key, app, reach));

    private static readonly Gen<Spreading> Spreads = Gen.Select(
        Key, App, Gen.Int[1, 2], Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Bool,
        (key, app, skew, domains, affinity, taints, version) => new Spreading(key, app, skew, domains, affinity, taints, version));

    private static readonly Gen<GeneratedNode> Node = Gen.Select(
        Gen.Int[0, 6], One<string?>("z1", "z2", "z3", null), One<string?>("r1", "r2", null), Gen.Bool, Gen.Int[0, 3],
        (number, zone, rack, ssd, tainted) => new GeneratedNode($"n{number}", zone, rack, ssd, tainted == 0));

    public static Gen<GeneratedPod> Pod(int terms, int spreads) => Gen.Select(
        Gen.Select(Gen.Int[0, 12], One("a", "b"), App, One("1", "2"), Gen.Bool, Gen.Bool),
        Terms.Array[0, terms], Terms.Array[0, terms], Spreads.Array[0, spreads],
        (what, near, away, spread) => new GeneratedPod(what.Item1, what.Item2, what.Item3, what.Item4, what.Item5, what.Item6, [.. near], [.. away], [.. spread]));

    /// <summary>A change of the cluster; pods come more often than they go.</summary>
    public static Gen<Action<GeneratedCluster>> Change(int terms, int spreads)
    {
        var build = Node.Select(node => (Action<GeneratedCluster>)(cluster => cluster.Build(node)));
        var place = Gen.Select(Pod(terms, spreads), Node, Gen.Int[0, 4], (pod, node, leaving) => (Action<GeneratedCluster>)(cluster => cluster.Place(pod, node.Name, leaving == 0)));
        var release = Gen.Int[0, 12].Select(pod => (Action<GeneratedCluster>)(cluster => cluster.Release(pod)));
        var tearDown = Gen.Int[0, 6].Select(node => (Action<GeneratedCluster>)(cluster => cluster.TearDown($"n{node}")));
        var name = Gen.Select(One("a", "b"), One("", "x"), (name, team) => (Action<GeneratedCluster>)(cluster => cluster.Name(name, team)));
        return Gen.OneOf(build, build, place, place, place, release, tearDown, name);
    }

    private static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private void Build(GeneratedNode node)
    {
        Nodes[node.Name] = node;
        Layout.SetNode(node.Offer());
    }

    private void TearDown(string node)
    {
        Nodes.Remove(node);
        Layout.RemoveNode(node);
    }

    private void Place(GeneratedPod pod, string node, bool leaving)
    {
        Release(pod.Number);
        Placed[pod.Number] = (pod, node, leaving);
        Layout.Place(pod.Demand, node, leaving);
    }

    private void Release(int number)
    {
        if (Placed.Remove(number, out var placed)) Layout.Release(placed.Pod.Demand.Key);
    }

    private void Name(string name, string team)
    {
        Teams[name] = team;
        Layout.SetNamespace(name, new Dictionary<string, string> { ["team"] = team });
    }
}
