using System.Text.Json.Nodes;
using ControlPlane.Objects.FieldManagement;
using CsCheck;
using Shared.Json;
using Xunit;

namespace Tests.Unit.FieldManagement;

/// <summary>Programs apply and update one object at random, and a model that knows nothing but paths and owners says what must come of it.</summary>
public sealed class ApplyModelTests
{
    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 2], Gen.Bool, Gen.Bool, Gen.Int[0, 2].Array[8]).Select((manager, applies, force, values) => new Step($"m{manager}", applies, applies && force, values));

    [Fact]
    public void Object_and_owners_are_what_the_model_says() => Steps.Array[1, 12].Sample(steps =>
    {
        if (Run(steps, kept: true) is { } difference) Assert.Fail(difference);
    }, iter: 3000, print: steps => string.Join(' ', steps.Select(step => $"{step.Manager}{(step.Applies ? "A" : "U")}{(step.Force ? "!" : "")}[{string.Join(' ', step.Leaves())}]")));

    /// <summary>Without the rule that what others have is kept, the model is contradicted.</summary>
    [Fact]
    public void Model_knows_that_what_others_have_is_kept()
    {
        for (uint seed = 0; seed < 2000; seed++)
        {
            if (Run(Steps.Array[6, 12].Generate(new PCG(seed), null, out _), kept: false) is not null) return;
        }
        Assert.Fail("No steps contradict a model in which nobody's fields are kept.");
    }

    /// <summary>Null, or what differs.</summary>
    private static string? Run(Step[] steps, bool kept)
    {
        var web = Managers.OfDeployment();
        var model = new Model(kept);
        foreach (var step in steps)
        {
            var leaves = step.Leaves();
            bool? accepted = null;
            if (step.Applies)
            {
                var refused = web.Apply(step.Manager, Tree(leaves, apply: true).ToJsonString(), step.Force).Rejection;
                if (refused is not (null or { Reason: "Conflict" })) return refused.Message;
                accepted = refused is null;
                if (model.Apply(step.Manager, leaves, step.Force) != accepted) return $"conflict: {!accepted} after {step}";
            }
            else if (web.State is not null)
            {
                var refused = web.Update(step.Manager, tree =>
                {
                    var wanted = Tree(leaves, apply: false);
                    tree.Metadata()["labels"] = wanted.Child("metadata", "labels")?.DeepClone();
                    tree["spec"]!["paused"] = wanted.At("spec", "paused")?.DeepClone();
                    Container(tree)["env"] = Container(wanted)["env"]?.DeepClone();
                }).Rejection;
                if (refused is not null) return refused.Message;
                model.Update(step.Manager, leaves);
            }
            if (web.State is null) continue;
            var (found, expected) = (Leaves(web.Object), model.Leaves);
            if (!found.SequenceEqual(expected)) return $"{string.Join(' ', found)} is not {string.Join(' ', expected)}";
            var (owners, wantedOwners) = (Owners(web), model.Owners);
            if (!owners.SequenceEqual(wantedOwners)) return $"{string.Join(' ', owners)} is not {string.Join(' ', wantedOwners)}";
        }
        return null;
    }

    private static JsonObject Tree(IReadOnlyDictionary<string, string> leaves, bool apply)
    {
        var tree = JsonNode.Parse("""{"metadata":{},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""")!.AsObject();
        foreach (var (path, value) in leaves)
        {
            if (path.StartsWith("label/", StringComparison.Ordinal)) tree.Metadata().DefaultChild("labels")[path[6..]] = value;
            else if (path == "paused") tree["spec"]!["paused"] = value == "1";
            else
            {
                var variables = Container(tree).DefaultList("env");
                var name = path.Split('/')[1];
                if (variables.FirstOrDefault(item => item.Text("name") == name) is not JsonObject variable) variables.Add(variable = new() { ["name"] = name });
                if (path.EndsWith("/value", StringComparison.Ordinal)) variable["value"] = value;
            }
        }
        return tree;
    }

    private static JsonObject Container(JsonObject tree) => tree.Objects("spec", "template", "spec", "containers").Single();

    private static string[] Leaves(JsonObject tree) =>
    [
        .. tree.TextMap("metadata", "labels").Select(label => $"label/{label.Key}={label.Value}")
            .Concat(tree.Has("spec", "paused") ? [$"paused={(tree.Flag("spec", "paused") == true ? "1" : "2")}"] : [])
            .Concat(Container(tree).Objects("env").SelectMany(variable =>
                (string[])[$"item/{variable.Text("name")}=", .. variable.Has("value") ? [$"item/{variable.Text("name")}/value={variable.Text("value")}"] : (string[])[]]))
            .Order(StringComparer.Ordinal),
    ];

    private static string[] Owners(Managers web)
    {
        var owners = new List<string>();
        foreach (var entry in ManagedFieldsView.ListOf(web.State!, web.Kind))
        {
            foreach (var path in FieldSet.ReadRoot(entry.Child("fieldsV1")!).Paths().Select(path => string.Join('|', path)))
            {
                var named = path switch
                {
                    _ when path.StartsWith("f:metadata|f:labels|f:", StringComparison.Ordinal) => $"label/{path[22..]}",
                    "f:spec|f:paused" => "paused",
                    _ when path.Contains("|k:{\"name\":\"x", StringComparison.Ordinal) && path.EndsWith('}') => $"item/{path[^4..^2]}",
                    _ when path.Contains("|k:{\"name\":\"x", StringComparison.Ordinal) && path.EndsWith("|f:value", StringComparison.Ordinal) => $"item/{path[^12..^10]}/value",
                    _ => null,
                };
                if (named is not null) owners.Add($"{named}:{entry.Text("operation")[0]}{entry.Text("manager")}");
            }
        }
        return [.. owners.Order(StringComparer.Ordinal)];
    }

    /// <summary>What a program wants: of each of some fields no value, or one of two.</summary>
    private sealed record Step(string Manager, bool Applies, bool Force, int[] Values)
    {
        private static readonly string[] Paths = ["label/a", "label/b", "label/c", "paused", "item/x1", "item/x1/value", "item/x2", "item/x2/value"];

        public SortedDictionary<string, string> Leaves()
        {
            var leaves = new SortedDictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < Paths.Length; i++)
            {
                if (Values[i] == 0) continue;
                var isItem = Paths[i].StartsWith("item/", StringComparison.Ordinal);
                if (isItem) leaves[Paths[i][..7]] = "";
                if (!isItem || Paths[i].Length > 7) leaves[Paths[i]] = $"{Values[i]}";
            }
            return leaves;
        }
    }

    /// <summary>Paths with values, and who has each.</summary>
    private sealed class Model(bool kept)
    {
        private readonly SortedDictionary<string, (string Value, HashSet<string> Owners)> _fields = new(StringComparer.Ordinal);

        public string[] Leaves => [.. _fields.Select(path => $"{path.Key}={path.Value.Value}").Order(StringComparer.Ordinal)];

        public string[] Owners => [.. _fields.SelectMany(path => path.Value.Owners.Select(owner => $"{path.Key}:{owner}")).Order(StringComparer.Ordinal)];

        public bool Apply(string manager, IReadOnlyDictionary<string, string> wanted, bool force)
        {
            var me = $"A{manager}";
            var changed = wanted.Where(field => !_fields.TryGetValue(field.Key, out var there) || there.Value != field.Value).Select(field => field.Key).ToArray();
            if (!force && changed.Any(path => _fields.TryGetValue(path, out var there) && there.Owners.Any(owner => owner != me))) return false;
            foreach (var path in changed)
            {
                if (_fields.TryGetValue(path, out var there)) there.Owners.Clear();
            }
            foreach (var (path, value) in wanted)
            {
                var owners = _fields.TryGetValue(path, out var there) ? there.Owners : [];
                owners.Add(me);
                _fields[path] = (value, owners);
            }
            string[] dropped = [.. _fields.Where(field => field.Value.Owners.Contains(me) && !wanted.ContainsKey(field.Key)).Select(field => field.Key)];
            foreach (var path in dropped) _fields[path].Owners.Remove(me);
            foreach (var path in dropped.OrderByDescending(path => path.Length))
            {
                if (!_fields.TryGetValue(path, out var there)) continue;
                if (kept && (there.Owners.Count > 0 || _fields.Any(field => field.Key.StartsWith(path + "/", StringComparison.Ordinal) && field.Value.Owners.Count > 0))) continue;
                foreach (var gone in _fields.Keys.Where(field => field == path || field.StartsWith(path + "/", StringComparison.Ordinal)).ToArray()) _fields.Remove(gone);
            }
            return true;
        }

        public void Update(string manager, IReadOnlyDictionary<string, string> wanted)
        {
            foreach (var path in _fields.Keys.Where(path => !wanted.ContainsKey(path)).ToArray()) _fields.Remove(path);
            foreach (var (path, value) in wanted)
            {
                if (!_fields.TryGetValue(path, out var there) || there.Value != value) _fields[path] = (value, [$"U{manager}"]);
            }
        }
    }
}
