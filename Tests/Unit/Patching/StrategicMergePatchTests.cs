using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects;
using CsCheck;
using k8s.Models;
using Xunit;
using static Tests.Unit.Patching.PatchCase;

namespace Tests.Unit.Patching;

public sealed class StrategicMergePatchTests
{
    private static readonly KindDefinition Deployment = Of<V1Deployment>("Deployment", "deployments");
    private static readonly KindDefinition Node = Of<V1Node>("Node", "nodes");

    [Theory]
    // Containers merge by name; one the patch adds comes before those it does not name.
    [InlineData("""{"containers":[{"name":"a","image":"1","tty":true}]}""", """{"containers":[{"name":"a","image":"2"}]}""",
        """{"containers":[{"name":"a","image":"2","tty":true}]}""")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":[{"name":"b","image":null}]}""", """{"containers":[{"name":"b"},{"name":"a"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"$patch":"delete","name":"a"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":[{"$patch":"replace"},{"name":"b"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]}]}""",
        """{"containers":[{"name":"a","env":[{"name":"Y","value":"3"}]}]}""",
        """{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"Y","value":"3"}]}]}""")]
    [InlineData("""{"containers":[{"name":"a","args":["x","y"]}]}""", """{"containers":[{"name":"a","args":["z"]}]}""", """{"containers":[{"name":"a","args":["z"]}]}""")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":null}""", "{}")]
    // Lists without a merge key are replaced; maps merge.
    [InlineData("""{"tolerations":[{"key":"a"}]}""", """{"tolerations":[{"key":"b"}]}""", """{"tolerations":[{"key":"b"}]}""")]
    [InlineData("""{"nodeSelector":{"a":"1","b":"2"}}""", """{"nodeSelector":{"a":null,"c":"3"}}""", """{"nodeSelector":{"b":"2","c":"3"}}""")]
    [InlineData("""{"securityContext":{"runAsUser":1,"fsGroup":2}}""", """{"securityContext":{"$patch":"replace","runAsUser":3}}""", """{"securityContext":{"runAsUser":3}}""")]
    [InlineData("""{"securityContext":{"runAsUser":1}}""", """{"securityContext":{"$patch":"delete"}}""", """{"securityContext":{}}""")]
    // A volume keeps only the source it is given.
    [InlineData("""{"volumes":[{"name":"v","emptyDir":{}}]}""", """{"volumes":[{"$retainKeys":["name","hostPath"],"name":"v","hostPath":{"path":"/x"}}]}""",
        """{"volumes":[{"name":"v","hostPath":{"path":"/x"}}]}""")]
    // The order asked for; items only the server has keep their place.
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}""", """{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}]}""",
        """{"containers":[{"name":"b"},{"name":"c"},{"name":"a"}]}""")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],"containers":[{"name":"b"}]}""",
        """{"containers":[{"name":"a"},{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"$setElementOrder/containers":[{"name":"b"}],"containers":[{"$patch":"delete","name":"a"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("{}", """{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"name":"a","$patch":"merge","env":[{"$patch":"delete","name":"x"}]}]}""",
        """{"containers":[{"name":"a","env":[]}]}""")]
    public void Pod_spec_is_patched(string spec, string patch, string expected) =>
        AssertPatched(ClientPatch.StrategicMergePatchType, $$"""{"spec":{{spec}}}""", $$"""{"spec":{{patch}}}""", $$"""{"spec":{{expected}}}""");

    [Theory]
    [InlineData("""{"finalizers":["a","b"]}""", """{"finalizers":["c","a"]}""", """{"finalizers":["c","a","b"]}""")]
    [InlineData("""{"finalizers":["a","b"]}""", """{"$deleteFromPrimitiveList/finalizers":["a"]}""", """{"finalizers":["b"]}""")]
    [InlineData("""{"finalizers":["a","b"]}""", """{"$deleteFromPrimitiveList/finalizers":["a"],"$setElementOrder/finalizers":["c","b"],"finalizers":["c"]}""",
        """{"finalizers":["c","b"]}""")]
    [InlineData("""{"ownerReferences":[{"uid":"1","name":"x"}]}""", """{"ownerReferences":[{"uid":"2","name":"y"}]}""",
        """{"ownerReferences":[{"uid":"2","name":"y"},{"uid":"1","name":"x"}]}""")]
    [InlineData("""{"labels":{"a":"1"}}""", """{"labels":{"a":null,"b":"2"},"annotations":{"c":"3"}}""", """{"labels":{"b":"2"},"annotations":{"c":"3"}}""")]
    public void Metadata_is_patched(string metadata, string patch, string expected) =>
        AssertPatched(ClientPatch.StrategicMergePatchType, $$"""{"metadata":{{metadata}}}""", $$"""{"metadata":{{patch}}}""", $$"""{"metadata":{{expected}}}""");

    [Fact]
    public void Deployment_strategy_drops_what_the_patch_does_not_retain() => AssertPatched(
        ClientPatch.StrategicMergePatchType,
        """{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""",
        """{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""",
        """{"spec":{"strategy":{"type":"Recreate"}}}""",
        Deployment);

    [Fact]
    public void Node_conditions_merge_by_type() => AssertPatched(
        ClientPatch.StrategicMergePatchType,
        """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"DiskPressure","status":"False"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"False"},{"type":"DiskPressure","status":"False"}]}}""",
        Node);

    [Theory]
    [InlineData(422, """{"spec":{"containers":[{"image":"x"}]}}""")]
    [InlineData(422, """{"spec":{"containers":[{"$patch":"delete"}]}}""")]
    [InlineData(422, """{"spec":{"containers":["x",{"name":"a"}]}}""")]
    [InlineData(400, """{"spec":{"$patch":"explode"}}""")]
    [InlineData(400, """{"spec":{"containers":[{"name":"a","$patch":"explode"}]}}""")]
    [InlineData(400, """{"spec":{"$retainKeys":["x"],"hostname":"h"}}""")]
    [InlineData(400, """{"spec":{"$retainKeys":"x"}}""")]
    [InlineData(400, """{"spec":{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"name":"b"}]}}""")]
    [InlineData(400, """{"spec":{"$setElementOrder/containers":"a"}}""")]
    [InlineData(400, """{"metadata":{"$deleteFromPrimitiveList/finalizers":"a"}}""")]
    public void Patch_that_breaks_its_format_is_refused(int code, string patch) =>
        Assert.Equal(code, Rejected(ClientPatch.StrategicMergePatchType, """{"metadata":{},"spec":{"containers":[{"name":"a"}]}}""", patch).Code);

    [Fact]
    public void Difference_of_two_pods_leads_from_one_to_the_other() => Gen.Select(PodGen.Pod, PodGen.Pod).Sample((from, to) =>
    {
        var patch = StrategicDifference.Between(from, to);
        AssertPatched(ClientPatch.StrategicMergePatchType, from.ToJsonString(), patch.ToJsonString(), to.ToJsonString());
        // What another writer set in between, in members the patch does not speak of, stays.
        var elsewhere = from.DeepClone().AsObject();
        elsewhere["status"] = new JsonObject { ["phase"] = "Running" };
        Assert.Equal("Running", (string?)Apply(ClientPatch.StrategicMergePatchType, elsewhere.ToJsonString(), patch.ToJsonString()).Object!["status"]!["phase"]);
    });

    [Fact]
    public void Any_document_takes_any_patch_without_a_crash() => Gen.Select(JsonGen.Object, JsonGen.Object).Sample((spec, patch) =>
    {
        var change = Rename(patch).Replace("\"b\"", "\"$patch\"").Replace("\"c\"", "\"$setElementOrder/containers\"");
        var outcome = Apply(ClientPatch.StrategicMergePatchType, $$"""{"spec":{{Rename(spec)}}}""", $$"""{"spec":{{change}}}""");
        Assert.True(outcome.Object is not null || outcome.Rejection is { Code: 400 or 422 });
    });

    private static string Rename(JsonObject json) => json.ToJsonString().Replace("\"a\"", "\"containers\"");
}
