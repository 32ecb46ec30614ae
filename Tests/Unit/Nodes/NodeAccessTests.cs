using ControlPlane.Nodes;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class NodeAccessTests
{
    private static readonly NodeName Node = new("node-1");

    private static readonly ObjectViewStub View = new(NodeObjects.Stored(new("", "pods", "shop", "web"), """
        { "metadata": { "name": "web", "namespace": "shop", "uid": "u" }, "spec": { "nodeName": "node-1", "serviceAccountName": "runner",
          "imagePullSecrets": [{ "name": "registry" }],
          "volumes": [{ "configMap": { "name": "page" } }, { "secret": { "secretName": "tls" } }, { "persistentVolumeClaim": { "claimName": "disk" } },
                      { "projected": { "sources": [{ "secret": { "name": "inner" } }, { "configMap": { "name": "root-ca" } }] } }],
          "initContainers": [{ "envFrom": [{ "secretRef": { "name": "boot" } }] }],
          "containers": [{ "env": [{ "name": "A", "valueFrom": { "configMapKeyRef": { "name": "settings", "key": "a" } } }] }] } }
        """));

    [Theory]
    [InlineData("configmaps", "page")]
    [InlineData("configmaps", "settings")]
    [InlineData("configmaps", "root-ca")]
    [InlineData("secrets", "tls")]
    [InlineData("secrets", "inner")]
    [InlineData("secrets", "boot")]
    [InlineData("secrets", "registry")]
    [InlineData("serviceaccounts", "runner")]
    [InlineData("persistentvolumeclaims", "disk")]
    public void Object_a_pod_of_the_node_refers_to_may_be_read(string resource, string name) =>
        Assert.True(NodeAccess.MayRead(View, Node, new("", resource, "shop", name)));

    [Theory]
    [InlineData("secrets", "shop", "other")]
    [InlineData("secrets", "shop", "page")]
    [InlineData("secrets", "default", "tls")]
    [InlineData("serviceaccounts", "shop", "default")]
    [InlineData("pods", "shop", "web")]
    public void Any_other_object_may_not(string resource, string @namespace, string name) =>
        Assert.False(NodeAccess.MayRead(View, Node, new("", resource, @namespace, name)));

    [Fact]
    public void Another_node_may_not() => Assert.False(NodeAccess.MayRead(View, new("node-2"), new("", "secrets", "shop", "tls")));
}
