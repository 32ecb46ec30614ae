using ControlPlane.Nodes.Streams;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Nodes.Streams;

public sealed class UsedObjectsTests
{
    [Fact]
    public void Object_begins_to_be_used_with_its_first_pod_and_ends_with_its_last()
    {
        var used = new UsedObjects([], 0);
        Assert.Equal(("tls", ""), Told(used.Take(Change(Pod("a", 1, "tls")))));
        Assert.Equal(("", ""), Told(used.Take(Change(Pod("b", 2, "tls")))));
        Assert.Equal(("", ""), Told(used.Take(Gone(Pod("a", 3, "tls")))));
        Assert.Equal(("", "tls"), Told(used.Take(Gone(Pod("b", 4, "tls")))));
        Assert.Empty(used.Keys);
    }

    [Fact]
    public void Pod_that_uses_something_else_now_ends_one_use_and_begins_another()
    {
        var used = new UsedObjects([Pod("a", 1, "one", "two")], 5);
        Assert.Equal(("three", "one"), Told(used.Take(Change(Pod("a", 6, "two", "three")))));
    }

    [Fact]
    public void Version_that_is_not_newer_changes_nothing()
    {
        var used = new UsedObjects([Pod("a", 5, "one")], 5);
        Assert.Equal(("", ""), Told(used.Take(Change(Pod("a", 4, "two")))));
        Assert.Equal(("", ""), Told(used.Take(Gone(Pod("a", 4, "one")))));
        Assert.Equal("one", Assert.Single(used.Keys).Name);
    }

    [Fact]
    public void Pod_made_anew_under_its_name_is_read_anew()
    {
        var used = new UsedObjects([Pod("a", 1, "one")], 5);
        Assert.Equal(("two", "one"), Told(used.Take(Change(Pod("a", 6, uid: "second", generation: 1, "two")))));
    }

    /// <summary>The cache may be ahead of what was read of it: what such a pod uses is told with its change, and not passed over.</summary>
    [Fact]
    public void Pod_that_is_newer_than_what_was_taken_begins_its_uses_with_its_change()
    {
        var pod = Pod("a", 7, "tls");
        var used = new UsedObjects([pod], 5);
        Assert.Empty(used.Keys);
        Assert.Equal(("tls", "old"), Told(used.Take(new(pod, Pod("a", 3, "old"), false))));
    }

    [Fact]
    public void Pod_that_went_before_it_was_taken_ends_its_uses()
    {
        var used = new UsedObjects([Pod("b", 4, "shared")], 5);
        Assert.Equal(("", "tls"), Told(used.Take(new(Pod("a", 7, "tls", "shared"), Pod("a", 3, "tls", "shared"), true))));
    }

    private static (string Begun, string Ended) Told(UseChange change) => (string.Join(' ', change.Begun.Select(key => key.Name)), string.Join(' ', change.Ended.Select(key => key.Name)));

    private static ObjectChange Change(StoredObject pod) => new(pod, null, false);

    private static ObjectChange Gone(StoredObject pod) => new(pod, pod, true);

    private static StoredObject Pod(string name, long revision, params string[] secrets) => Pod(name, revision, "first", revision, secrets);

    private static StoredObject Pod(string name, long revision, string uid, long generation, params string[] secrets)
    {
        var volumes = string.Join(", ", secrets.Select(secret => $$"""{ "name": "{{secret}}", "secret": { "secretName": "{{secret}}" } }"""));
        return NodeObjects.Stored(new("", "pods", "default", name), $$"""
            { "metadata": { "name": "{{name}}", "namespace": "default", "uid": "{{uid}}", "generation": {{generation}} }, "spec": { "nodeName": "node-1", "volumes": [{{volumes}}] } }
            """, revision);
    }
}
