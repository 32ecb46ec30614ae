using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Objects;

public sealed class ObjectDeciderTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Requester By = new("someone", "test", []);
    private static readonly ObjectKey MapKey = new("", "configmaps", "default", "settings");
    private static readonly ObjectKey SetKey = new("apps", "deployments", "default", "web");
    private static readonly KindDefinition ConfigMap = TestCatalogue.Default.FindStored(MapKey.GroupResource)!;
    private static readonly KindDefinition Deployment = TestCatalogue.Default.FindStored(SetKey.GroupResource)!;

    [Fact]
    public void Create_of_a_new_object_sets_the_metadata_the_server_owns()
    {
        var stored = Commit(Decide(ConfigMap, null, Create(MapKey, Map("""{"a":"1"}""", """{"name":"settings","uid":"forged","resourceVersion":"9","creationTimestamp":"1999-01-01T00:00:00Z"}"""))), 41);
        Assert.Equal(41, stored.Revision);
        var metadata = stored.ToJsonObject().Metadata();
        Assert.Equal("41", metadata.Text("resourceVersion"));
        Assert.Equal("the-uid", metadata.Text("uid"));
        Assert.Equal("2030-01-02T03:04:05Z", metadata.Text("creationTimestamp"));
        Assert.Equal("default", metadata.Text("namespace"));
    }

    [Fact]
    public void Create_of_an_object_that_exists_is_refused()
    {
        var decision = Decide(ConfigMap, Existing(), new CreateObject(MapKey, Map(), By) { Uid = "another" });
        Assert.Equal("AlreadyExists", decision.Rejection!.Reason);
    }

    [Fact]
    public void Create_repeated_is_answered_with_what_the_first_one_made()
    {
        var existing = Existing();
        Assert.Same(existing, Decide(ConfigMap, existing, Create(MapKey, Map())).Unchanged);
    }

    [Fact]
    public void Create_drops_the_status_a_client_brings()
    {
        var stored = Commit(Decide(Deployment, null, Create(SetKey, Web("""{"readyReplicas":3}"""))), 1);
        Assert.NotEqual(3, (stored.ToJsonObject()["status"] as JsonObject).Number("readyReplicas"));
    }

    [Fact]
    public void Update_that_changes_nothing_stores_nothing()
    {
        var existing = Existing();
        Assert.Same(existing, Decide(ConfigMap, existing, new UpdateObject(MapKey, existing.ToJsonObject(), "", By)).Unchanged);
    }

    [Fact]
    public void Update_with_another_resourceVersion_conflicts()
    {
        var update = new UpdateObject(MapKey, Map("""{"a":"2"}"""), "", By) { Preconditions = new(null, 6) };
        Assert.Equal(409, Decide(ConfigMap, Existing(), update).Rejection!.Code);
    }

    [Fact]
    public void Update_with_another_uid_conflicts()
    {
        var update = new UpdateObject(MapKey, Map("""{"a":"2"}"""), "", By) { Preconditions = new("other") };
        Assert.Equal("Conflict", Decide(ConfigMap, Existing(), update).Rejection!.Reason);
    }

    [Theory]
    [InlineData("other", null)]
    [InlineData(null, 6L)]
    public void No_write_passes_a_precondition_that_does_not_hold(string? uid, long? revision)
    {
        var asked = new Preconditions(uid, revision);
        ObjectCommand[] writes =
        [
            new UpdateObject(MapKey, Map("""{"a":"2"}"""), "", By) { Preconditions = asked },
            new PatchObject(MapKey, new FieldPatch(new JsonObject { ["data"] = new JsonObject { ["b"] = "2" } }), "", By) { Preconditions = asked },
            Delete(MapKey) with { Preconditions = asked },
        ];
        Assert.All(writes, write => Assert.Equal(409, Decide(ConfigMap, Existing(), write).Rejection?.Code));
    }

    [Fact]
    public void Update_of_a_missing_object_is_not_found() =>
        Assert.Equal(404, Decide(ConfigMap, null, new UpdateObject(MapKey, Map(), "", By)).Rejection!.Code);

    [Fact]
    public void Update_keeps_what_the_server_owns()
    {
        var existing = Existing();
        var update = new UpdateObject(MapKey, Map("""{"a":"2"}""", """{"name":"settings","uid":"forged","creationTimestamp":"1999-01-01T00:00:00Z"}"""), "", By);
        var metadata = Commit(Decide(ConfigMap, existing, update), 8).ToJsonObject().Metadata();
        Assert.Equal("the-uid", metadata.Text("uid"));
        Assert.Equal("2030-01-02T03:04:05Z", metadata.Text("creationTimestamp"));
    }

    [Fact]
    public void Update_of_the_spec_raises_the_generation_and_leaves_the_status()
    {
        var existing = WithStatus(3);
        var changed = existing.ToJsonObject();
        changed["spec"]!["replicas"] = 5;
        changed["status"] = new JsonObject { ["readyReplicas"] = 99 };
        var stored = Commit(Decide(Deployment, existing, new UpdateObject(SetKey, changed, "", By)), 9);
        Assert.Equal(existing.Header.Generation + 1, stored.Header.Generation);
        Assert.Equal(3, stored.ToJsonObject()["status"]!["readyReplicas"]!.GetValue<int>());
    }

    [Fact]
    public void Update_of_the_status_leaves_the_spec_and_the_generation()
    {
        var existing = WithStatus(3);
        var changed = existing.ToJsonObject();
        changed["spec"]!["replicas"] = 5;
        changed["status"]!["readyReplicas"] = 4;
        var stored = Commit(Decide(Deployment, existing, new UpdateObject(SetKey, changed, "status", By)), 9);
        Assert.Equal(existing.Header.Generation, stored.Header.Generation);
        Assert.Equal(1, stored.ToJsonObject()["spec"]!["replicas"]!.GetValue<int>());
        Assert.Equal(4, stored.ToJsonObject()["status"]!["readyReplicas"]!.GetValue<int>());
    }

    [Fact]
    public void Patch_is_computed_on_the_state_the_actor_has()
    {
        var patched = Commit(Decide(ConfigMap, Existing(), new PatchObject(MapKey, new FieldPatch(new JsonObject { ["data"] = new JsonObject { ["b"] = "2" } }), "", By)), 8);
        Assert.Equal("""{"a":"1","b":"2"}""", patched.ToJsonObject()["data"]!.ToJsonString());
    }

    [Fact]
    public void Patch_that_renames_is_refused()
    {
        var patch = new FieldPatch(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "other" } });
        Assert.Equal(400, Decide(ConfigMap, Existing(), new PatchObject(MapKey, patch, "", By)).Rejection!.Code);
    }

    [Fact]
    public void Patch_with_an_old_resourceVersion_conflicts()
    {
        var patch = new FieldPatch(new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = "6" } });
        Assert.Equal(409, Decide(ConfigMap, Existing(), new PatchObject(MapKey, patch, "", By)).Rejection!.Code);
    }

    [Fact]
    public void Delete_of_an_object_that_nothing_holds_stores_its_tombstone()
    {
        var decision = Decide(ConfigMap, Existing(), Delete(MapKey));
        Assert.True(decision.Event!.Deleted);
    }

    [Fact]
    public void Delete_of_an_object_with_a_finalizer_waits_for_it()
    {
        var held = Existing(finalizers: """["example.com/hold"]""");
        var deleting = Commit(Decide(ConfigMap, held, Delete(MapKey)), 8);
        Assert.Equal(Now, deleting.Header.DeletionTimestamp);
        var freed = deleting.ToJsonObject();
        freed.Metadata()["finalizers"] = new JsonArray();
        Assert.True(Decide(ConfigMap, deleting, new UpdateObject(MapKey, freed, "", By)).Event!.Deleted);
    }

    [Theory]
    [InlineData(Propagation.Foreground, "foregroundDeletion")]
    [InlineData(Propagation.Orphan, "orphan")]
    public void Delete_with_propagation_leaves_the_object_to_the_collector(Propagation propagation, string finalizer)
    {
        var deleting = Commit(Decide(ConfigMap, Existing(), Delete(MapKey) with { Propagation = propagation }), 8);
        Assert.Equal(finalizer, Assert.Single(deleting.Header.Finalizers));
    }

    [Fact]
    public void Delete_with_another_uid_is_refused() =>
        Assert.Equal(409, Decide(ConfigMap, Existing(), Delete(MapKey) with { Preconditions = new("other") }).Rejection!.Code);

    [Fact]
    public void Delete_of_a_bound_pod_waits_for_its_node_and_may_be_hurried()
    {
        var key = new ObjectKey("", "pods", "default", "web-1");
        var kind = TestCatalogue.Default.FindStored(key.GroupResource)!;
        var pod = new StoredObject(key, ObjectJson.ToUtf8(JsonNode.Parse(
            """{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-1","namespace":"default","uid":"u","generation":1},"spec":{"nodeName":"n1","terminationGracePeriodSeconds":30,"containers":[{"name":"c","image":"i"}]},"status":{"phase":"Running"}}""")!), 3);
        var deleting = Commit(Decide(kind, pod, Delete(key)), 4);
        Assert.Equal(Now.AddSeconds(30), deleting.Header.DeletionTimestamp);
        Assert.Same(deleting, Decide(kind, deleting, Delete(key)).Unchanged);
        var hurried = Commit(Decide(kind, deleting, Delete(key) with { GraceSeconds = 5 }), 5);
        Assert.Equal(Now.AddSeconds(5), hurried.Header.DeletionTimestamp);
        Assert.True(Decide(kind, hurried, Delete(key) with { GraceSeconds = 0 }).Event!.Deleted);
    }

    private static Decision Decide(KindDefinition kind, StoredObject? state, ObjectCommand command) => ObjectDecider.Decide(kind, state, command, Now);

    private static CreateObject Create(ObjectKey key, JsonObject tree) => new(key, tree, By) { Uid = "the-uid" };

    private static DeleteObject Delete(ObjectKey key) => new(key, null, Propagation.Background, By);

    private static StoredObject Commit(Decision decision, long revision)
    {
        Assert.Null(decision.Rejection?.Message);
        decision.Event!.Committed(revision);
        return decision.Event.ToStored();
    }

    private static StoredObject Existing(string? finalizers = null) => Commit(
        Decide(ConfigMap, null, Create(MapKey, Map("""{"a":"1"}""", finalizers is null ? """{"name":"settings"}""" : $$"""{"name":"settings","finalizers":{{finalizers}}}"""))), 7);

    private static StoredObject WithStatus(int ready)
    {
        var created = Commit(Decide(Deployment, null, Create(SetKey, Web())), 7);
        var status = created.ToJsonObject();
        status["status"] = new JsonObject { ["readyReplicas"] = ready };
        return Commit(Decide(Deployment, created, new UpdateObject(SetKey, status, "status", By)), 8);
    }

    private static JsonObject Map(string data = """{"a":"1"}""", string metadata = """{"name":"settings"}""") =>
        JsonNode.Parse($$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{{metadata}},"data":{{data}}}""")!.AsObject();

    private static JsonObject Web(string status = "{}") => JsonNode.Parse(
        $$$$"""{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}},"status":{{{{status}}}}}""")!.AsObject();
}
