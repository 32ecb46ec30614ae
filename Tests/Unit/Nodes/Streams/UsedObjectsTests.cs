using ControlPlane.Nodes.Streams;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Nodes.Streams;

public sealed class UsedObjectsTests
{
    [Fact]
    public void Object_begins_to_be_used_with_its_first_pod_and_ends_with_its_last()
    {
        var used = new UsedObjects([]);
        Assert.Equal(("tls", ""), Told(used.Take(Change(Pod("a", 1, "tls")))));
        Assert.Equal(("", ""), Told(used.Take(Change(Pod("b", 2, "tls")))));
        Assert.Equal(("", ""), Told(used.Take(Gone(Pod("a", 3, "tls")))));
        Assert.Equal(("", "tls"), Told(used.Take(Gone(Pod("b", 4, "tls")))));
        Assert.Empty(used.Keys);
    }

    [Fact]
    public void Pod_that_uses_something_else_now_ends_one_use_and_begins_another()
    {
        var used = new UsedObjects([Pod("a", 1, "one", "two")]);
        Assert.Equal(("three", "one"), Told(used.Take(Change(Pod("a", 6, "two", "three")))));
    }

    [Fact]
    public void Version_that_is_not_newer_changes_nothing()
    {
        var used = new UsedObjects([Pod("a", 5, "one")]);
        Assert.Equal(("", ""), Told(used.Take(Change(Pod("a", 4, "two")))));
        Assert.Equal(("", ""), Told(used.Take(Gone(Pod("a", 4, "one")))));
        Assert.Equal("one", Assert.Single(used.Keys).Name);
    }

    [Fact]
    public void Pod_made_anew_under_its_name_is_read_anew()
    {
        var used = new UsedObjects([Pod("a", 1, "one")]);
        Assert.Equal(("two", "one"), Told(used.Take(Change(Pod("a", 6, uid: "second", generation: 1, "two")))));
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
