using System.Text.Json.Nodes;
using ControlPlane.Objects;
using CsCheck;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>An ApplyConfiguration does what server-side apply does for somebody who insists, whatever the object and whatever is applied.</summary>
public sealed class ConfigurationMutationProperties
{
    private const string Deployments = """{ "operations": ["UPDATE"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"] }""";
    private static readonly HashSet<string> Maps = ["labels", "annotations"];
    private static readonly Gen<string> Value = Gen.Char["xyz"].Select(one => one.ToString());

    /// <summary>Labels, and the containers with their variables; of each any number, in any order.</summary>
    private static readonly Gen<JsonObject> Wanted = Gen.Select(
        Gen.Dictionary(Gen.Char["abc"], Value)[0, 3], Gen.Select(Gen.Char["cde"], Value.Null(), Gen.Dictionary(Gen.Char["ABC"], Value)[0, 3]).Array[0, 3], Gen.Int[1, 5].Nullable()).Select((labels, containers, replicas) =>
        {
            var tree = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key.ToString(), (JsonNode?)label.Value))) } };
            var spec = new JsonObject();
            if (replicas is { } number) spec["replicas"] = number;
            var list = new JsonArray();
            foreach (var (name, image, variables) in containers.DistinctBy(container => container.Item1))
            {
                var container = new JsonObject { ["name"] = name.ToString(), ["env"] = new JsonArray([.. variables.Select(variable => (JsonNode)new JsonObject { ["name"] = variable.Key.ToString(), ["value"] = variable.Value })]) };
                if (image is not null) container["image"] = image;
                list.Add((JsonNode)container);
            }
            spec["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = list } };
            tree["spec"] = spec;
            return tree;
        });

    [Fact]
    public void Mutation_is_an_apply_by_force() => Gen.Select(Wanted, Wanted).Sample((before, wanted) =>
    {
        var (mutated, applied) = (World(before), World(before));
        mutated.Policy("p", MutationWorld.Apply(Cel(wanted, "Object")), rule: Deployments).Bind("b", "p");
        var made = mutated.Webhooks.Merge("deployments", "d", "{}").Result;
        var config = (JsonObject)wanted.DeepClone();
        (config["apiVersion"], config["kind"], config["metadata"]!["name"]) = ("apps/v1", "Deployment", "d");
        var expected = applied.Webhooks.Send(new ApplyObject(WebhookWorld.Key("deployments", "d"), config, "", new("policy", "policy", [])) { Force = true }).Result;

        // Both may make something that is refused: a new container without an image.
        Assert.Equal(MutationWorld.Words(expected), MutationWorld.Words(made));
        Assert.Equal(Shown(applied), Shown(mutated));
    }, iter: 400);

    [Fact]
    public void Mutation_that_was_carried_out_changes_nothing_more() => Gen.Select(Wanted, Wanted).Sample((before, wanted) =>
    {
        var world = World(before);
        world.Policy("p", MutationWorld.Apply(Cel(wanted, "Object")), rule: Deployments).Bind("b", "p");
        if (world.Webhooks.Merge("deployments", "d", "{}").Result is ObjectRejected) return;
        var once = world.Webhooks.Store.Cache.Get(WebhookWorld.Key("deployments", "d"));
        Assert.IsType<ObjectAccepted>(world.Webhooks.Merge("deployments", "d", "{}").Result);
        Assert.Same(once, world.Webhooks.Store.Cache.Get(WebhookWorld.Key("deployments", "d")));
    }, iter: 400);

    private static MutationWorld World(JsonObject before)
    {
        var world = new MutationWorld();
        var tree = (JsonObject)before.DeepClone();
        tree["spec"]!["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "d" } };
        tree["spec"]!["template"]!["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "d" } };
        var containers = tree.List("spec", "template", "spec", "containers")!;
        foreach (var container in containers.OfType<JsonObject>()) container["image"] ??= "i";
        containers.Add((JsonNode)new JsonObject { ["name"] = "kept", ["image"] = "k" });
        world.Put("deployments", "d", tree.ToJsonString());
        return world;
    }

    private static string Shown(MutationWorld world)
    {
        var tree = world.Stored("deployments", "d");
        foreach (var member in (string[])["resourceVersion", "uid"]) tree.Metadata().Remove(member);
        return tree.ToJsonString();
    }

    /// <summary>The expression that makes a tree.</summary>
    private static string Cel(JsonNode? node, string type) => node switch
    {
        JsonObject members when Maps.Contains(type[(type.LastIndexOf('.') + 1)..]) => $"{{{string.Join(", ", members.Select(member => $"{Cel(member.Key, "")}: {Cel(member.Value, "")}"))}}}",
        JsonObject members => $"{type}{{{string.Join(", ", members.Select(member => $"{member.Key}: {Cel(member.Value, $"{type}.{member.Key}")}"))}}}",
        JsonArray items => $"[{string.Join(", ", items.Select(item => Cel(item, type)))}]",
        JsonValue value when value.TextOf() is { } text => $"\"{text}\"",
        _ => node!.ToJsonString(),
    };
}
