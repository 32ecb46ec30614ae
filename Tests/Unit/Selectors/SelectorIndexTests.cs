using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using CsCheck;
using Tests.Support;
using Tests.Unit.Journal;
using Xunit;

namespace Tests.Unit.Selectors;

public sealed class SelectorIndexTests
{
    private static readonly string[] Keys = ["app", "tier", "zone"];
    private static readonly Gen<Dictionary<string, string>> Labels = Gen.Select(Pick(Keys), Pick("a", "b")).Array[0, 3]
        .Select(pairs => pairs.GroupBy(pair => pair.Item1).ToDictionary(group => group.Key, group => group.First().Item2));
    private static readonly Gen<string> Terms = Gen.Select(Pick(Keys), Pick("{0}=a", "{0}=b", "{0} in (a,b)", "{0}!=a", "{0}", "!{0}"), (key, form) => string.Format(form, key));

    private static Gen<string> Pick(params string[] of) => Gen.Int[0, of.Length - 1].Select(i => of[i]);

    [Fact]
    public void Index_finds_what_asking_every_selector_finds()
    {
        Gen.Select(Terms.Array[0, 3].Select(terms => string.Join(',', terms)).Array[0, 12], Labels).Sample((queries, labels) =>
        {
            var (objects, selectors) = Objects(queries);
            var index = SelectorIndex.Of(objects, each => selectors[each.Key.Name]);
            var expected = objects.Where(each => selectors[each.Key.Name].Matches(labels)).Select(each => each.Key.Name).Order(StringComparer.Ordinal);
            return index.Selecting("default", labels).Select(each => each.Key.Name).Order(StringComparer.Ordinal).SequenceEqual(expected)
                && !index.Selecting("elsewhere", labels).Any();
        });
    }

    [Fact]
    public void Search_among_a_thousand_looks_only_at_those_that_name_one_of_the_labels()
    {
        var (objects, selectors) = Objects([.. Enumerable.Range(0, 1000).Select(i => $"app=app-{i}")]);
        var index = SelectorIndex.Of(objects, each => selectors[each.Key.Name]);
        var labels = new Dictionary<string, string> { ["app"] = "app-7", ["pod-template-hash"] = "x" };

        Assert.Equal("s0007", Assert.Single(index.Selecting("default", labels)).Key.Name);
        Assert.Equal(1, index.Looks("default", labels));
        Assert.Same(index, SelectorIndex.Of(objects, _ => throw new InvalidOperationException("It is there already.")));
    }

    /// <summary>The cache's own indexes, against asking every object.</summary>
    [Fact]
    public void Views_of_the_selected_and_of_those_without_a_controller_follow_every_change()
    {
        Gen.Select(Gen.Int[0, 4], Labels, Gen.Bool, Gen.Bool).List[1, 60].Sample(writes =>
        {
            var cache = new WatchCache();
            var revision = 0L;
            foreach (var (name, labels, owned, deleted) in writes)
            {
                var key = new Shared.Api.ObjectKey("", "pods", "default", $"p{name}");
                cache.Apply(JournalEvents.Batch(JournalEvents.At(++revision, key, deleted, json: Pod(key.Name, labels, owned))));
            }
            var all = cache.List(new("", "pods"), "default");
            var free = cache.Uncontrolled(new("", "pods"), "default");
            if (!Same(free, all.Where(pod => pod.Header.Controller is null))) return false;
            return new[] { "app=a", "app in (a,b),tier!=a", "zone=b,app", "!app", "" }.All(query =>
            {
                Assert.True(LabelSelector.TryParse(query, out var selector, out _));
                return Same(cache.Selected(new("", "pods"), "default", selector), all.Where(pod => selector.Matches(pod.Header.Labels)));
            });
        });

        static bool Same(IEnumerable<StoredObject> found, IEnumerable<StoredObject> expected) =>
            found.Select(pod => (pod.Key, pod.Revision)).OrderBy(pod => pod.Key.Name, StringComparer.Ordinal).SequenceEqual(expected.Select(pod => (pod.Key, pod.Revision)));
    }

    private static byte[] Pod(string name, Dictionary<string, string> labels, bool owned)
    {
        var metadata = new JsonObject { ["name"] = name, ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))) };
        if (owned) metadata["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "ReplicaSet", ["name"] = "r", ["uid"] = "u", ["controller"] = true });
        return ObjectJson.ToUtf8(new JsonObject { ["metadata"] = metadata });
    }

    private static (ImmutableSortedSet<StoredObject> Objects, Dictionary<string, LabelSelector> Selectors) Objects(string[] queries)
    {
        var store = new WatchCache();
        var selectors = new Dictionary<string, LabelSelector>();
        for (var i = 0; i < queries.Length; i++)
        {
            Assert.True(LabelSelector.TryParse(queries[i], out var selector, out _));
            selectors[$"s{i:0000}"] = selector;
            store.Apply(JournalEvents.Batch(JournalEvents.At(i + 1, JournalSystem.ConfigMap($"s{i:0000}"))));
        }
        return (store.List(new("", "configmaps")).Objects, selectors);
    }
}
