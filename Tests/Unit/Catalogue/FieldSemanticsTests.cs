using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects.Schemas;
using k8s.Models;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class FieldSemanticsTests
{
    [Fact]
    public void Containers_merge_by_name()
    {
        var containers = FieldSemantics.For(typeof(V1PodSpec), "containers");
        Assert.True(containers.MergesLists);
        Assert.Equal("name", containers.PatchMergeKey);
        Assert.Equal("map", containers.ListType);
        Assert.Equal(["name"], containers.ListMapKeys.ToArray());
        Assert.Same(containers, FieldSemantics.For("core/v1", "PodSpec", "containers"));
    }

    [Fact]
    public void Container_ports_have_two_map_keys_and_one_merge_key()
    {
        var ports = FieldSemantics.For(typeof(V1Container), "ports");
        Assert.Equal("containerPort", ports.PatchMergeKey);
        Assert.Equal(["containerPort", "protocol"], ports.ListMapKeys.ToArray());
    }

    [Fact]
    public void Volumes_retain_keys_as_well_as_merge()
    {
        var volumes = FieldSemantics.For(typeof(V1PodSpec), "volumes");
        Assert.True(volumes.MergesLists);
        Assert.True(volumes.RetainsKeys);
        Assert.True(FieldSemantics.For(typeof(V1DeploymentSpec), "strategy").RetainsKeys);
    }

    [Theory]
    [InlineData(typeof(Corev1EndpointPort), "core/v1")]
    [InlineData(typeof(Discoveryv1EndpointPort), "discovery/v1")]
    [InlineData(typeof(V1ObjectMeta), "meta/v1")]
    [InlineData(typeof(Rbacv1Subject), "rbac/v1")]
    [InlineData(typeof(V2HorizontalPodAutoscalerSpec), "autoscaling/v2")]
    [InlineData(typeof(V1DeploymentSpec), "apps/v1")]
    public void Model_is_found_in_its_groups_table(Type model, string groupVersion) => Assert.Equal(groupVersion, FieldSemantics.Resolve(model).GroupVersion);

    [Fact]
    public void Undeclared_field_has_no_semantics()
    {
        Assert.Same(FieldSemantic.None, FieldSemantics.For(typeof(V1PodSpec), "nodeName"));
        Assert.Same(FieldSemantic.None, FieldSemantics.For(typeof(string), "x"));
    }

    [Fact]
    public void Struct_may_be_atomic_as_a_whole() => Assert.Equal("atomic", FieldSemantics.OfStruct(typeof(V1LabelSelector)).StructType);
}
