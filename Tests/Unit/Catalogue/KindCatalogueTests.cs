using System.Reflection;
using System.Text.RegularExpressions;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using k8s;
using k8s.Models;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed partial class KindCatalogueTests
{
    private static readonly CatalogueSnapshot Catalogue = TestCatalogue.Default;

    /// <summary>Kinds of the models that are not resources: options, documents and the bodies of subresources.</summary>
    private static readonly string[] NotResources = ["Status", "APIGroup", "APIVersions", "DeleteOptions", "APIGroupDiscovery", "Scale", "Eviction", "TokenRequest"];

    [Fact]
    public void Every_generally_available_kind_of_the_models_is_found()
    {
        var missing = Entities()
            .Where(entity => GeneralVersion().IsMatch(entity.ApiVersion) && !entity.Kind.EndsWith("List", StringComparison.Ordinal))
            .Where(entity => !NotResources.Contains(entity.Kind))
            .Where(entity => Catalogue.FindKind(entity.Group, entity.ApiVersion, entity.Kind) is null)
            .Select(entity => $"{entity.Group}/{entity.ApiVersion} {entity.Kind}");
        Assert.Empty(missing);
    }

    [Fact]
    public void Scope_and_subresources_agree_with_the_clients_operations()
    {
        var operations = Operations();
        var wrong = new List<string>();
        // The client has metrics.k8s.io among its custom resources, without operations of its own; the groups of our own are nothing it knows.
        foreach (var kind in Catalogue.All.Where(kind => kind.Group != "metrics.k8s.io" && !kind.Group.EndsWith(".actors.dev", StringComparison.Ordinal)))
        {
            var names = operations[(kind.Group.Split('.')[0] + kind.Version).ToLowerInvariant()];
            Check(kind.Namespaced == names.Any(name => name == $"CreateNamespaced{kind.Kind}" || name == $"ListNamespaced{kind.Kind}"), kind, "scope");
            Check(kind.HasStatus == names.Any(name => Regex.IsMatch(name, $"^Patch(Namespaced)?{kind.Kind}Status$")), kind, "status");
            Check(kind.HasScale == names.Contains($"PatchNamespaced{kind.Kind}Scale"), kind, "scale");
            foreach (var (verb, operation) in new[] { ("create", "Create"), ("delete", "Delete"), ("deletecollection", "DeleteCollection"), ("get", "Read"), ("list", "List"), ("patch", "Patch"), ("update", "Replace") })
            {
                Check(kind.Verbs.Contains(verb) == names.Any(name => Regex.IsMatch(name, $"^{operation}(Namespaced)?{kind.Kind}$")), kind, verb);
            }
        }
        Assert.Empty(wrong);

        void Check(bool agrees, KindDefinition kind, string what)
        {
            if (!agrees) wrong.Add($"{kind.GroupVersion} {kind.Kind}: {what}");
        }
    }

    [Fact]
    public void Every_kind_is_found_by_its_path_and_its_storage()
    {
        Assert.All(Catalogue.All, kind =>
        {
            Assert.NotEmpty(kind.Plural);
            Assert.Same(kind, Catalogue.Find(kind.Group, kind.Version, kind.Plural));
            if (kind.Stored) Assert.NotNull(Catalogue.FindStored(kind.Storage));
        });
        Assert.Null(Catalogue.Find("", "v1", "nothings"));
    }

    [Fact]
    public void Stored_version_of_autoscalers_is_v2_and_of_events_core()
    {
        Assert.Equal("v2", Catalogue.FindStored(new GroupResource("autoscaling", "horizontalpodautoscalers"))!.Version);
        Assert.Equal(new GroupResource("", "events"), Catalogue.Find("events.k8s.io", "v1", "events")!.Storage);
        Assert.Null(Catalogue.FindStored(new GroupResource("events.k8s.io", "events")));
        Assert.Null(Catalogue.FindStored(new GroupResource("authentication.k8s.io", "tokenreviews")));
    }

    [Fact]
    public void Body_of_a_subresource_is_decoded_as_its_own_kind()
    {
        var pods = Catalogue.Find("", "v1", "pods")!;
        Assert.Same(pods, RequestBodies.Of(pods, "status"));
        Assert.Equal("policy/v1 Eviction", Describe(RequestBodies.Of(pods, "eviction")));
        Assert.Equal("v1 Binding", Describe(RequestBodies.Of(pods, "binding")));
        Assert.Equal("autoscaling/v1 Scale", Describe(RequestBodies.Of(Catalogue.Find("apps", "v1", "deployments")!, "scale")));
        Assert.Null(RequestBodies.Of(pods, "log"));
        Assert.Null(RequestBodies.Of(pods, "scale"));
    }

    private static string Describe(KindDefinition? kind) => $"{kind?.GroupVersion} {kind?.Kind}";

    private static IEnumerable<KubernetesEntityAttribute> Entities() =>
        typeof(V1Pod).Assembly.GetExportedTypes().SelectMany(type => type.GetCustomAttributes<KubernetesEntityAttribute>());

    private static Dictionary<string, HashSet<string>> Operations() => typeof(IKubernetes).Assembly.GetExportedTypes()
        .Where(type => type.IsInterface && type.Name.EndsWith("Operations", StringComparison.Ordinal))
        .GroupBy(type => Prefix(type.Name))
        .ToDictionary(group => group.Key, group => group.SelectMany(type => type.GetMethods()).Select(method => method.Name.Replace("WithHttpMessagesAsync", "", StringComparison.Ordinal)).ToHashSet());

    private static string Prefix(string name)
    {
        var group = name[1..^"Operations".Length].ToLowerInvariant();
        if (group.StartsWith("core", StringComparison.Ordinal) && !group.StartsWith("coordination", StringComparison.Ordinal)) return group["core".Length..];
        return group.Replace("rbacauthorization", "rbac", StringComparison.Ordinal).Replace("flowcontrolapiserver", "flowcontrol", StringComparison.Ordinal);
    }

    [GeneratedRegex("^v[0-9]+$")]
    private static partial Regex GeneralVersion();
}
