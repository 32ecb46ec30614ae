using ControlPlane.Catalogue.Documents;
using k8s;
using k8s.Models;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class DiscoveryTests
{
    private const string V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private const string V2Beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    private static readonly Discovery Documents = TestCatalogue.Default.Discovery;

    [Fact]
    public void Versions_name_the_core_group()
    {
        var versions = Read<V1APIVersions>("/api");
        Assert.Equal(["v1"], versions.Versions);
        Assert.Empty(versions.ServerAddressByClientCIDRs);
    }

    [Fact]
    public void Every_group_leads_to_its_versions_and_their_resources()
    {
        var groups = Read<V1APIGroupList>("/apis/").Groups;
        Assert.Contains(groups, group => group.Name == "apps");
        Assert.DoesNotContain(groups, group => group.Name.Length == 0);
        foreach (var group in groups)
        {
            Assert.Equal(group.PreferredVersion.GroupVersion, Read<V1APIGroup>($"/apis/{group.Name}").PreferredVersion.GroupVersion);
            Assert.All(group.Versions, version =>
            {
                var list = Read<V1APIResourceList>($"/apis/{version.GroupVersion}");
                Assert.Equal(version.GroupVersion, list.GroupVersion);
                Assert.NotEmpty(list.Resources);
            });
        }
        Assert.Equal(["autoscaling/v2", "autoscaling/v1"], groups.Single(group => group.Name == "autoscaling").Versions.Select(version => version.GroupVersion));
    }

    [Fact]
    public void Core_resources_carry_names_verbs_and_subresources()
    {
        var resources = Read<V1APIResourceList>("/api/v1").Resources.ToDictionary(resource => resource.Name);
        var pods = resources["pods"];
        Assert.Equal(("pod", "Pod", true), (pods.SingularName, pods.Kind, pods.Namespaced));
        Assert.Equal(["po"], pods.ShortNames);
        Assert.Equal(["all"], pods.Categories);
        Assert.Contains("watch", pods.Verbs);
        Assert.False(resources["nodes"].Namespaced);
        foreach (var sub in new[] { "pods/status", "pods/log", "pods/binding", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "namespaces/finalize" }) Assert.Contains(sub, resources.Keys);
        Assert.Equal(("policy", "v1", "Eviction"), (resources["pods/eviction"].Group, resources["pods/eviction"].Version, resources["pods/eviction"].Kind));
        var scale = Read<V1APIResourceList>("/apis/apps/v1").Resources.Single(resource => resource.Name == "deployments/scale");
        Assert.Equal(("autoscaling", "v1", "Scale"), (scale.Group, scale.Version, scale.Kind));
        Assert.Equal(["create"], Read<V1APIResourceList>("/apis/authorization.k8s.io/v1").Resources.Single(resource => resource.Name == "subjectaccessreviews").Verbs);
    }

    [Theory]
    [InlineData(V2, V2)]
    [InlineData(V2Beta1, V2Beta1)]
    [InlineData($"{V2},{V2Beta1},application/json", V2)]
    [InlineData($"application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList, {V2Beta1}", V2Beta1)]
    [InlineData("application/json", "application/json")]
    [InlineData(null, "application/json")]
    [InlineData("text/html;q=1, */*", "application/json")]
    public void Form_is_the_first_known_one_of_the_accept_header(string? accept, string contentType) =>
        Assert.Equal(contentType, Documents.Find("/apis", accept)!.ContentType);

    [Fact]
    public void Aggregated_discovery_holds_the_same_resources_as_the_lists()
    {
        var items = new[] { "/api", "/apis" }.SelectMany(path => KubernetesJson.Deserialize<V2APIGroupDiscoveryList>(Text(Documents.Find(path, V2)!)).Items).ToArray();
        foreach (var kind in TestCatalogue.Default.All)
        {
            var group = items.Single(item => (item.Metadata.Name ?? "") == kind.Group);
            var resource = group.Versions.Single(version => version.Version == kind.Version).Resources.Single(resource => resource.Resource == kind.Plural);
            Assert.Equal(kind.Namespaced ? "Namespaced" : "Cluster", resource.Scope);
            Assert.Equal(kind.Kind, resource.ResponseKind.Kind);
            Assert.Equal(kind.Subresources.Select(sub => sub.Name), (resource.Subresources ?? []).Select(sub => sub.Subresource));
        }
    }

    [Fact]
    public void Tag_follows_from_the_content()
    {
        var first = Documents.Find("/apis", V2)!;
        Assert.Same(first, Documents.Find("/apis", V2));
        Assert.Equal(first.ETag, new Discovery(TestCatalogue.Default).Find("/apis", V2)!.ETag);
        Assert.NotEqual(first.ETag, Documents.Find("/apis", V2Beta1)!.ETag);
        Assert.Matches("^\"[0-9A-F]{64}\"$", first.ETag);
    }

    [Fact]
    public void Version_is_that_of_the_models()
    {
        var version = Read<VersionInfo>("/version");
        Assert.Equal(("1", "37"), (version.Major, version.Minor));
        Assert.StartsWith(GeneratedModelVersion.SwaggerVersion, version.GitVersion, StringComparison.Ordinal);
        Assert.All((string[])[version.GitCommit, version.GitTreeState, version.BuildDate, version.GoVersion, version.Compiler, version.Platform], Assert.NotEmpty);
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/apis/nothing")]
    [InlineData("/apis/apps/v9")]
    [InlineData("/api/v2")]
    [InlineData("/")]
    public void Path_without_a_document_has_none(string path) => Assert.Null(Documents.Find(path));

    private static T Read<T>(string path) => KubernetesJson.Deserialize<T>(Text(Documents.Find(path) ?? throw new InvalidOperationException($"No document at {path}.")));

    private static string Text(CachedDocument document) => System.Text.Encoding.UTF8.GetString(document.Body.Span);
}
