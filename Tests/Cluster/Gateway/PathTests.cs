using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Which paths, scopes and verbs go together, over every kind there is.</summary>
public sealed class PathTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>A cluster's resource below a namespace would be authorised by the rules of that namespace.</summary>
    [Fact]
    public async Task Resource_of_the_cluster_has_no_path_below_a_namespace()
    {
        foreach (var kind in Kinds().Where(kind => !kind.Namespaced))
        {
            foreach (var method in Methods)
            {
                foreach (var rest in Paths(kind)) await Answers(404, method, $"{Root(kind)}/namespaces/default/{kind.Plural}{rest}");
                if (method == "GET") await Answers(404, method, $"{Root(kind)}/watch/namespaces/default/{kind.Plural}");
            }
        }
    }

    [Fact]
    public async Task Object_of_a_namespace_has_no_path_outside_of_one()
    {
        foreach (var kind in Kinds().Where(kind => kind.Namespaced))
        {
            foreach (var method in Methods)
            {
                foreach (var rest in Paths(kind).Where(rest => rest.Length > 0)) await Answers(404, method, $"{Root(kind)}/{kind.Plural}{rest}");
            }
        }
    }

    [Fact]
    public async Task Collection_that_spans_namespaces_can_only_be_read()
    {
        foreach (var kind in Kinds().Where(kind => kind.Namespaced))
        {
            foreach (var method in Methods.Where(method => method != "GET")) await Answers(405, method, $"{Root(kind)}/{kind.Plural}");
        }
    }

    [Fact]
    public async Task Verb_that_needs_a_name_or_has_none_is_refused_on_the_other_path()
    {
        foreach (var kind in Kinds())
        {
            var collection = kind.Namespaced ? $"{Root(kind)}/namespaces/default/{kind.Plural}" : $"{Root(kind)}/{kind.Plural}";
            await Answers(405, "PUT", collection);
            await Answers(405, "PATCH", collection);
            await Answers(405, "POST", $"{collection}/some-name");
        }
    }

    [Fact]
    public async Task Older_watch_path_is_a_watch()
    {
        await using var watch = await WatchStream.Open(cluster.Http, "/api/v1/watch/namespaces/default");
        var first = await watch.Next();
        Assert.Equal("ADDED", first["type"]!.GetValue<string>());
        Assert.Equal("default", first["object"]!["metadata"]!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("POST", "/api/v1/namespaces/default/configmaps", "application/json", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"odd"},"größe\r\n":1}""", 201)]
    [InlineData("PATCH", "/api/v1/namespaces/default/configmaps/odd", "application/merge-patch+json", """{"data":{"a":"b"},"容量\u0007":1}""", 200)]
    public async Task Unknown_field_of_any_name_is_warned_of(string method, string path, string type, string body, int code)
    {
        if (method == "PATCH") await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"odd"}}""");
        using var request = new HttpRequestMessage(new(method), path) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new(type);
        using var response = await cluster.Http.SendAsync(request);
        Assert.Equal(code, (int)response.StatusCode);
        Assert.Contains("unknown field", Assert.Single(response.Headers.GetValues("Warning")), StringComparison.Ordinal);
        await cluster.Send(HttpMethod.Delete, "/api/v1/namespaces/default/configmaps/odd");
    }

    private IEnumerable<KindDefinition> Kinds() => cluster.Host.Services.GetRequiredService<KindCatalogue>().All;

    private static string Root(KindDefinition kind) => kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";

    private static IEnumerable<string> Paths(KindDefinition kind) => ["", "/some-name", .. kind.Subresources.Select(sub => $"/some-name/{sub.Name}")];

    private async Task Answers(int code, string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = method == "GET" ? null : new StringContent("{}", null, method == "PATCH" ? "application/merge-patch+json" : "application/json") };
        using var response = await cluster.Http.SendAsync(request);
        Assert.True(code == (int)response.StatusCode, $"{method} {path} was answered with {(int)response.StatusCode} instead of {code}: {await response.Content.ReadAsStringAsync()}");
    }
}
