using System.Text.Json.Nodes;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Api;

public sealed class PodReferencesTests
{
    private static readonly PodReferences Found = PodReferences.Of(JsonNode.Parse("""
        { "metadata": { "name": "web", "namespace": "shop", "uid": "u" }, "spec": { "nodeName": "node-1", "serviceAccountName": "runner",
          "imagePullSecrets": [{ "name": "registry" }, {}],
          "volumes": [{ "configMap": { "name": "page" } }, { "secret": { "secretName": "tls" } }, { "persistentVolumeClaim": { "claimName": "disk" } }, { "emptyDir": {} },
                      { "projected": { "sources": [{ "secret": { "name": "inner" } }, { "configMap": { "name": "root-ca" } }, { "configMap": { "name": "page" } }] } }],
          "initContainers": [{ "envFrom": [{ "secretRef": { "name": "boot" } }, { "configMapRef": { "name": "defaults" } }] }],
          "ephemeralContainers": [{ "env": [{ "name": "A", "valueFrom": { "secretKeyRef": { "name": "debug", "key": "a" } } }] }],
          "containers": [{ "env": [{ "name": "A", "valueFrom": { "configMapKeyRef": { "name": "settings", "key": "a" } } }, { "name": "B", "value": "b" },
                                   { "name": "C", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }] }] } }
        """)!.AsObject());

    [Fact]
    public void Volumes_show_these() => Assert.Equal(["configmaps/page", "configmaps/root-ca", "persistentvolumeclaims/disk", "secrets/inner", "secrets/tls"], Named(Found.Volumes));

    [Fact]
    public void Pod_uses_these_and_no_others() => Assert.Equal(
        ["configmaps/defaults", "configmaps/page", "configmaps/root-ca", "configmaps/settings", "persistentvolumeclaims/disk", "secrets/boot", "secrets/debug", "secrets/inner", "secrets/registry", "secrets/tls"],
        Named(Found.All));

    [Fact]
    public void They_are_in_the_pods_namespace() => Assert.All(Found.All, key => Assert.Equal(("", "shop"), (key.Group, key.Namespace)));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "spec": { "volumes": "none", "containers": [1, { "env": {} }] } }""")]
    public void Pod_without_any_uses_none(string pod) => Assert.Empty(PodReferences.Of(JsonNode.Parse(pod)!.AsObject()).All);

    private static IEnumerable<string> Named(IEnumerable<ObjectKey> keys) => keys.Select(key => $"{key.Resource}/{key.Name}").Order(StringComparer.Ordinal);
}
