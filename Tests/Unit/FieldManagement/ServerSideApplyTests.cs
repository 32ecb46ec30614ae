using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;
using Xunit;

namespace Tests.Unit.FieldManagement;

/// <summary>The behaviour that Kubernetes documents of server-side apply.</summary>
public sealed class ServerSideApplyTests
{
    [Fact]
    public void What_is_not_there_is_created_and_defaults_are_nobodys()
    {
        var web = Managers.OfDeployment();
        web.Done(web.Apply("mine", Deployments.Web));
        Assert.Equal("RollingUpdate", web.Object.Text("spec", "strategy", "type"));
        Assert.Equal(
            ["""Apply mine {"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:name":{}}}}}}}"""],
            web.Fields);
    }

    [Fact]
    public void Applying_the_same_again_stores_nothing()
    {
        var web = Managers.OfDeployment();
        web.Apply("mine", Deployments.Web);
        var first = web.State;
        Assert.Same(first, web.Apply("mine", Deployments.Web).Unchanged);
        Assert.Same(first, web.Apply("mine", Deployments.Web, force: true).Unchanged);
        Assert.NotNull(web.Apply("another", Deployments.Web).Event);
    }

    [Fact]
    public void What_is_not_wanted_any_more_goes_unless_somebody_else_has_it()
    {
        var map = Managers.OfMap();
        map.Apply("one", """{"data":{"x":"1","y":"1","z":"1"}}""");
        map.Done(map.Apply("two", """{"data":{"y":"1"}}"""));
        map.Done(map.Apply("one", """{"data":{"x":"1"}}"""));
        Assert.Equal("""{"x":"1","y":"1"}""", map.Object["data"]!.ToJsonString());
        Assert.Equal(["""Apply one {"f:data":{"f:x":{}}}""", """Apply two {"f:data":{"f:y":{}}}"""], map.Fields.Order());
        map.Done(map.Apply("one", "{}"));
        Assert.Equal("""{"y":"1"}""", map.Object["data"]!.ToJsonString());
        map.Done(map.Apply("two", "{}"));
        Assert.False(map.Object.Has("data"));
        Assert.Empty(map.Fields);
    }

    [Fact]
    public void What_others_have_is_not_changed_and_every_conflict_is_named()
    {
        var web = Managers.OfDeployment();
        web.Create("kubectl-create", Deployments.Web);
        web.Update("scaler", tree => tree["spec"]!["replicas"] = 5);
        var one = web.Apply("mine", Deployments.With("i:1", replicas: "\"replicas\":3,")).Rejection!;
        Assert.Equal((409, "Conflict", "Apply failed with 1 conflict: conflict with \"scaler\" using apps/v1 at 2030-01-02T03:04:07Z: .spec.replicas"), (one.Code, one.Reason, one.Message));
        var two = web.Apply("mine", Deployments.With("i:2", replicas: "\"replicas\":3,")).Rejection!;
        Assert.Equal(
            "Apply failed with 2 conflicts: conflicts with \"kubectl-create\" using apps/v1 at 2030-01-02T03:04:06Z:\n- .spec.template.spec.containers[name=\"c\"].image\n"
            + "conflicts with \"scaler\" using apps/v1 at 2030-01-02T03:04:07Z:\n- .spec.replicas", two.Message);
        Assert.Equal(
            [("FieldManagerConflict", ".spec.template.spec.containers[name=\"c\"].image"), ("FieldManagerConflict", ".spec.replicas")], two.Causes.Select(cause => (cause.Reason, cause.Field)));
        Assert.Equal(5, web.Object.Number("spec", "replicas"));
    }

    [Fact]
    public void Who_insists_takes_over()
    {
        var web = Managers.OfDeployment();
        web.Apply("one", Deployments.With("i:1"));
        Assert.NotNull(web.Apply("two", Deployments.With("i:2", replicas: "")).Rejection);
        web.Done(web.Apply("two", Deployments.With("i:2", replicas: ""), force: true));
        Assert.Equal("i:2", web.Object.Objects("spec", "template", "spec", "containers").Single().Text("image"));
        Assert.DoesNotContain("f:image", web.Fields.Single(entry => entry.Contains(" one ", StringComparison.Ordinal)), StringComparison.Ordinal);

        // What was taken over is the other's to remove.
        Assert.Equal("Apply failed with 1 conflict: conflict with \"two\": .spec.template.spec.containers[name=\"c\"].image", web.Apply("one", Deployments.With("i:3")).Rejection!.Message);
    }

    [Fact]
    public void Who_does_not_apply_a_field_any_more_leaves_it_to_others()
    {
        // The documented way to hand the number of replicas to an autoscaler.
        var web = Managers.OfDeployment();
        web.Apply("mine", Deployments.Web);
        web.Done(web.Do(new ApplyObject(web.State!.Key, JsonNode.Parse("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{},"spec":{"replicas":1}}""")!.AsObject(), "scale", new("u", "hpa", []))));
        web.Done(web.Apply("mine", Deployments.With("i:1", replicas: "")));
        Assert.Equal(1, web.Object.Number("spec", "replicas"));
        Assert.Contains("""Apply hpa/scale {"f:spec":{"f:replicas":{}}}""", web.Fields);
        web.Done(web.Apply("hpa", """{"spec":{"replicas":4}}""", subresource: "scale"));
        Assert.Equal(4, web.Object.Number("spec", "replicas"));
    }

    [Fact]
    public void Items_are_told_apart_by_all_their_keys_and_absent_ones_have_their_default()
    {
        var web = Managers.OfDeployment();
        web.Apply("one", Deployments.With("i:1", ""","ports":[{"containerPort":53,"name":"tcp"}]"""));
        web.Done(web.Apply("two", Deployments.With("i:1", ""","ports":[{"containerPort":53,"protocol":"UDP","name":"udp"}]""")));
        Assert.Equal(["tcp", "udp"], Ports(web));
        web.Done(web.Apply("one", Deployments.With("i:1")));
        Assert.Equal(["udp"], Ports(web));
    }

    [Fact]
    public void Items_come_in_the_order_they_are_applied_in_and_others_keep_their_place()
    {
        var web = Managers.OfDeployment();
        web.Apply("one", Deployments.With("i:1", ""","env":[{"name":"A"},{"name":"B"},{"name":"C"}]"""));
        web.Update("two", tree => Container(tree)["env"]!.AsArray().Insert(1, JsonNode.Parse("""{"name":"X"}""")));
        web.Done(web.Apply("one", Deployments.With("i:1", ""","env":[{"name":"C"},{"name":"A"},{"name":"D"}]""")));
        var order = Container(web.Object).Objects("env").Select(variable => variable.Text("name")).ToArray();
        Assert.Equal(["A", "C", "D", "X"], order.Order());
        Assert.Equal(["C", "A", "D"], order.Where(name => name != "X"));
    }

    [Fact]
    public void An_item_that_another_changed_stays_with_what_it_is_known_by()
    {
        var web = Managers.OfDeployment();
        web.Apply("one", Deployments.With("i:1", ""","env":[{"name":"A","value":"1"},{"name":"B","value":"1"}]"""));
        web.Update("two", tree => Container(tree).Objects("env").First()["value"] = "2");
        web.Done(web.Apply("one", Deployments.With("i:1")));
        Assert.Equal("""[{"name":"A","value":"2"}]""", Container(web.Object)["env"]!.ToJsonString());
    }

    [Fact]
    public void A_list_without_keys_is_one_field()
    {
        var web = Managers.OfDeployment();
        web.Apply("one", Deployments.With("i:1", ""","args":["a","b"]"""));
        Assert.Contains(".spec.template.spec.containers[name=\"c\"].args", web.Apply("two", Deployments.With("i:1", ""","args":["a"]""")).Rejection!.Message, StringComparison.Ordinal);
        web.Done(web.Apply("two", Deployments.With("i:1", ""","args":["a"]"""), force: true));
        Assert.Equal("""["a"]""", Container(web.Object)["args"]!.ToJsonString());
    }

    [Fact]
    public void Values_of_a_set_are_fields_each()
    {
        var map = Managers.OfMap();
        map.Apply("one", """{"metadata":{"finalizers":["a/1","a/2"]}}""");
        map.Done(map.Apply("two", """{"metadata":{"finalizers":["a/3","a/2"]}}"""));
        map.Done(map.Apply("one", """{"metadata":{"finalizers":["a/1"]}}"""));
        Assert.Equal(["a/1", "a/2", "a/3"], map.Object.Texts("metadata", "finalizers").Order());
        map.Done(map.Apply("two", "{}"));
        Assert.Equal(["a/1"], map.Object.Texts("metadata", "finalizers"));
    }

    [Fact]
    public void Lists_that_cannot_be_merged_are_refused_with_the_place()
    {
        var web = Managers.OfDeployment();
        Assert.Equal(
            "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.template.spec.containers[name=\"c\"].env: duplicate entries for key [name=\"A\"]",
            web.Apply("one", Deployments.With("i:1", ""","env":[{"name":"A"},{"name":"A"}]""")).Rejection!.Message);
        Assert.Contains(
            ".env: element 0: associative list with keys has an element that omits key field \"name\"",
            web.Apply("one", Deployments.With("i:1", ""","env":[{"value":"A"}]""")).Rejection!.Message, StringComparison.Ordinal);
        Assert.Null(web.State);
    }

    [Fact]
    public void A_status_is_applied_apart_from_its_object()
    {
        var web = Managers.OfDeployment();
        web.Apply("mine", Deployments.Web.Replace("\"spec\":{\"replicas\"", "\"status\":{\"replicas\":9},\"spec\":{\"replicas\"", StringComparison.Ordinal));
        Assert.NotEqual(9, web.Object.Number("status", "replicas"));
        web.Done(web.Apply("mine", """{"metadata":{"labels":{"a":"b"}},"spec":{"replicas":7},"status":{"replicas":2,"conditions":[{"type":"Mine","status":"True"}]}}""", subresource: "status"));
        Assert.Equal((2, 1, false), (web.Object.Number("status", "replicas"), web.Object.Number("spec", "replicas"), web.Object.Has("metadata", "labels")));
        Assert.Contains("""Apply mine/status {"f:status":{"f:conditions":{"k:{\"type\":\"Mine\"}":{".":{},"f:status":{},"f:type":{}}},"f:replicas":{}}}""", web.Fields);
        web.Done(web.Apply("mine", """{"status":{"replicas":2}}""", subresource: "status"));
        Assert.False(web.Object.Has("status", "conditions"));
    }

    [Fact]
    public void Kubectl_takes_over_what_it_applied_in_its_older_way()
    {
        var web = Managers.OfDeployment();
        var applied = Deployments.Web.Trim();
        var created = JsonNode.Parse(applied)!.AsObject();
        created.Metadata()["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = applied };
        web.Create("kubectl-client-side-apply", created.ToJsonString());
        Assert.NotNull(web.Apply("another", Deployments.With("i:2")).Rejection);
        web.Done(web.Apply("kubectl", Deployments.With("i:2")));
        Assert.Contains("i:2", web.Object.Text("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"), StringComparison.Ordinal);

        // What it never applied is another's.
        web.Update("scaler", tree => tree["spec"]!["paused"] = true);
        Assert.Contains("conflict with \"scaler\"", web.Apply("kubectl", Deployments.With("i:2", replicas: "\"paused\":false,")).Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Preconditions_and_rights_are_held()
    {
        var map = Managers.OfMap();
        var key = Managers.OfMap().Kind.GroupResource;
        Assert.Equal("no", map.Do(new ApplyObject(new(key.Group, key.Resource, "default", "settings"), new JsonObject(), "", new("u", "m", [])) { NoCreation = Shared.Api.ApiStatus.Forbidden("no") }).Rejection!.Message);
        Assert.Equal(409, map.Apply("m", """{"metadata":{"uid":"gone"}}""").Rejection!.Code);
        Assert.Equal(404, map.Apply("m", "{}", subresource: "status").Rejection!.Code);
        map.Apply("m", """{"data":{"a":"1"}}""");
        Assert.Equal(409, map.Apply("m", """{"metadata":{"resourceVersion":"1"},"data":{"a":"2"}}""").Rejection!.Code);
        Assert.Equal(409, map.Apply("m", """{"metadata":{"uid":"other"},"data":{"a":"2"}}""").Rejection!.Code);
        map.Done(map.Apply("m", $$$"""{"metadata":{"resourceVersion":"{{{map.State!.Revision}}}","uid":"{{{map.State.Uid}}}"},"data":{"a":"2"}}"""));
    }

    private static JsonObject Container(JsonObject web) => web.Objects("spec", "template", "spec", "containers").Single();

    private static IEnumerable<string> Ports(Managers web) => Container(web.Object).Objects("ports").Select(port => port.Text("name"));
}
