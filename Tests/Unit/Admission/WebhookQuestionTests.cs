using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What a webhook is told of a write.</summary>
public sealed class WebhookQuestionTests
{
    private const string Deployment = """{ "spec": { "replicas": 2, "selector": { "matchLabels": { "a": "b" } }, "template": { "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }""";
    private readonly WebhookWorld _world = new WebhookWorld().Configure("validating", "v", WebhookWorld.Hook("h")).Answers("h", _ => WebhookWorld.Allow);

    private JsonObject Last => _world.Asked.Last().Request;

    [Fact]
    public async Task Create_is_told_whole()
    {
        await _world.Create("configmaps", "a", """{ "data": { "k": "v" } }""");
        var (request, made) = (Last, (JsonObject)Last["object"]!);
        Assert.True(Guid.TryParse(request.Text("uid"), out _));
        Assert.Equal("""{"group":"","version":"v1","kind":"ConfigMap"}""", request["kind"]!.ToJsonString());
        Assert.Equal("""{"group":"","version":"v1","resource":"configmaps"}""", request["resource"]!.ToJsonString());
        Assert.Equal(request["kind"]!.ToJsonString(), request["requestKind"]!.ToJsonString());
        Assert.Equal(request["resource"]!.ToJsonString(), request["requestResource"]!.ToJsonString());
        Assert.False(request.ContainsKey("subResource"));
        Assert.Equal(("a", "default", "CREATE", false), (request.Text("name"), request.Text("namespace"), request.Text("operation"), request.Flag("dryRun")!.Value));
        Assert.Equal("""{"username":"alice","groups":["devs","system:authenticated"]}""", request["userInfo"]!.ToJsonString());
        Assert.Equal("""{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl"}""", request["options"]!.ToJsonString());
        Assert.Equal(("ConfigMap", "v1", "a", "v"), (made.Text("kind"), made.Text("apiVersion"), made.Text("metadata", "name"), made.Text("data", "k")));
        Assert.True(request.ContainsKey("oldObject") && request["oldObject"] is null);
    }

    [Fact]
    public async Task User_is_told_with_all_that_is_known_of_him()
    {
        await _world.Send(new CreateObject(
            WebhookWorld.Key("configmaps", "a"), JsonNode.Parse("""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" } }""")!.AsObject(),
            WebhookWorld.User with { Uid = "42", Extra = [new("scopes", "read"), new("team", "blue"), new("scopes", "write")] }));
        Assert.Equal("""{"username":"alice","uid":"42","groups":["devs","system:authenticated"],"extra":{"scopes":["read","write"],"team":["blue"]}}""", Last["userInfo"]!.ToJsonString());
    }

    [Fact]
    public async Task Changes_tell_the_old_and_the_new_object_and_how_they_were_asked_for()
    {
        var stored = _world.Put("configmaps", "a", """{ "data": { "k": "1" } }""");
        await _world.Merge("configmaps", "a", """{ "data": { "k": "2" } }""");
        Assert.Equal(("UPDATE", "PatchOptions", "1", "2"), (Last.Text("operation"), Last.Text("options", "kind"), Last.Text("oldObject", "data", "k"), Last.Text("object", "data", "k")));
        var tree = stored.ToJsonObject();
        tree["data"]!["k"] = "3";
        await _world.Send(new UpdateObject(stored.Key, tree, "", WebhookWorld.User) { DryRun = true });
        Assert.Equal(("UPDATE", "UpdateOptions", "3", true), (Last.Text("operation"), Last.Text("options", "kind"), Last.Text("object", "data", "k"), Last.Flag("dryRun")!.Value));
        Assert.Equal("""["All"]""", Last["options"]!["dryRun"]!.ToJsonString());
        await _world.Send(new DeleteObject(stored.Key, 5, Propagation.Foreground, WebhookWorld.User) { Preconditions = new(stored.Uid) });
        Assert.Equal("DELETE", Last.Text("operation"));
        Assert.Null(Last["object"]);
        Assert.Equal("2", Last.Text("oldObject", "data", "k"));
        Assert.Equal($$$"""{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1","gracePeriodSeconds":5,"propagationPolicy":"Foreground","preconditions":{"uid":"{{{stored.Uid}}}"}}""", Last["options"]!.ToJsonString());
    }

    [Fact]
    public async Task Subresources_are_told_as_the_objects_they_are()
    {
        _world.Put("deployments", "d", Deployment);
        await _world.Send(new PatchObject(WebhookWorld.Key("deployments", "d"), new ReplaceScale(5), "scale", WebhookWorld.User));
        Assert.Equal(("scale", "Scale", "deployments", "UPDATE"), (Last.Text("subResource"), Last.Text("kind", "kind"), Last.Text("resource", "resource"), Last.Text("operation")));
        Assert.Equal((5, 2, "autoscaling/v1"), (Last.Number("object", "spec", "replicas"), Last.Number("oldObject", "spec", "replicas"), Last.Text("object", "apiVersion")));
        await _world.Merge("deployments", "d", """{ "status": { "replicas": 1 } }""", "status");
        Assert.Equal(("status", "Deployment", 1), (Last.Text("subResource"), Last.Text("kind", "kind"), Last.Number("object", "status", "replicas")));
        var pod = _world.Put("pods", "p", """{ "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""");
        await _world.Send(new DeleteObject(pod.Key, 7, Propagation.Background, WebhookWorld.User) { Subresource = "eviction" });
        Assert.Equal(("eviction", "Eviction", "policy/v1", "CREATE"), (Last.Text("subResource"), Last.Text("kind", "kind"), Last.Text("object", "apiVersion"), Last.Text("operation")));
        Assert.Equal(7, Last.Number("object", "deleteOptions", "gracePeriodSeconds"));
        Assert.Null(Last["oldObject"]);
    }

    [Fact]
    public void Binding_is_told_as_one()
    {
        var pod = _world.Put("pods", "p", """{ "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""");
        var kind = Tests.Support.TestCatalogue.Default.FindStored(pod.Key.GroupResource)!;
        var write = ControlPlane.Workloads.Pods.PodBinding.Propose(kind, pod, new(pod.Key, new(pod.Uid), new("n1"), WebhookWorld.User), _world.Store.Now).Write!;
        Assert.Equal($$$"""{"kind":"Binding","apiVersion":"v1","metadata":{"name":"p","namespace":"default","uid":"{{{pod.Uid}}}"},"target":{"kind":"Node","name":"n1"}}""", SubresourceBody.Of(write).ToJsonString());
    }
}
