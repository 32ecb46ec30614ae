using System.Net;
using ControlPlane.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>What clients see of a control plane that ends.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task Clients_of_a_control_plane_that_ends_see_ended_watches_and_no_failed_request()
    {
        var options = ControlPlaneFixture.NewOptions();
        var host = await ControlPlaneHost.Start(options);
        using var http = ControlPlaneFixture.NewClient(host.Pki, options);
        var path = "/api/v1/namespaces/default/configmaps";
        await using var watch = await WatchStream.Open(http, $"{path}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dnone");
        var answers = new List<HttpStatusCode>();
        var writing = Write();

        await host.DisposeAsync();

        // A connection that is cut would throw here.
        Assert.Null(await watch.End());
        await writing;
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer));
        Directory.Delete(options.DataDirectory, recursive: true);

        async Task Write()
        {
            using var client = ControlPlaneFixture.NewClient(host.Pki, options);
            for (var i = 0; ; i++)
            {
                try
                {
                    using var body = new StringContent($$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c{{{i}}}"}}""", null, "application/json");
                    using var response = await client.PostAsync(path, body);
                    answers.Add(response.StatusCode);
                }
                catch (HttpRequestException)
                {
                    return; // nobody listens any more
                }
            }
        }
    }

    [Fact]
    public async Task Control_plane_behind_a_balancer_serves_until_that_has_heard_of_its_end()
    {
        var options = ControlPlaneFixture.NewOptions() with { Balancer = new("127.0.0.1", 1) };
        var host = await ControlPlaneHost.Start(options);
        using var http = ControlPlaneFixture.NewClient(host.Pki, options);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/readyz?drain")).StatusCode);

        var ended = host.DisposeAsync().AsTask();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/readyz")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/readyz?drain")).StatusCode);
        using var body = new StringContent("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"late"}}""", null, "application/json");
        using var made = await http.PostAsync("/api/v1/namespaces/default/configmaps", body);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.True(made.Headers.ConnectionClose);
        Assert.False(ended.IsCompleted);
        await http.GetAsync("/readyz?drain");

        await ended;
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/readyz"));
        Directory.Delete(options.DataDirectory, recursive: true);
    }

    [Fact]
    public async Task Control_plane_behind_a_balancer_that_never_asks_ends_all_the_same()
    {
        var options = ControlPlaneFixture.NewOptions() with { Balancer = new("127.0.0.1", 1) };
        await (await ControlPlaneHost.Start(options)).DisposeAsync();
        Directory.Delete(options.DataDirectory, recursive: true);
    }
}
