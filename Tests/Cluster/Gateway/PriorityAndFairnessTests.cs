using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.Hosting;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Requests that wait for each other, as clients see it.</summary>
public sealed class PriorityAndFairnessTests(PriorityAndFairnessTests.FewSeats cluster) : IClassFixture<PriorityAndFairnessTests.FewSeats>
{
    private const string FlowControlApi = "/apis/flowcontrol.apiserver.k8s.io/v1";
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    /// <summary>So few that each level has one.</summary>
    public sealed class FewSeats : ControlPlaneFixture
    {
        protected override ControlPlaneOptions Configure(ControlPlaneOptions options) => options with { MostRequestsAtOnce = 1 };
    }

    [Fact]
    public async Task User_without_a_seat_waits_and_administrators_never_do()
    {
        await Allow("jane");
        await Level("waits", """{ "type": "Queue", "queuing": { "queues": 1, "handSize": 1 } }""", "jane");
        var (held, release) = Hold("jane");
        await Uses("waits", use => use[4] == "1");
        using var waits = Get("jane", Maps);
        await Uses("waits", use => use[3] == "1");
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, Maps)).Code);
        Assert.False(waits.IsCompleted);
        release.SetResult();
        using var answer = await waits;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await held).StatusCode);
        Assert.Equal(await Uid("flowschemas/waits"), answer.Headers.GetValues("X-Kubernetes-PF-FlowSchema-UID").Single());
        Assert.Equal(await Uid("prioritylevelconfigurations/waits"), answer.Headers.GetValues("X-Kubernetes-PF-PriorityLevel-UID").Single());
    }

    [Fact]
    public async Task Where_nobody_may_wait_who_comes_too_much_is_told_to_come_again()
    {
        await Allow("joe");
        await Level("refuses", """{ "type": "Reject" }""", "joe");
        var (held, release) = Hold("joe");
        await Uses("refuses", use => use[4] == "1");
        using (var refused = await Get("joe", Maps))
        {
            Assert.Equal((HttpStatusCode)429, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
            var status = JsonNode.Parse(await refused.Content.ReadAsStringAsync());
            Assert.Equal(("TooManyRequests", "Too many requests, please try again later."), (status.Text("reason"), status.Text("message")));
        }
        release.SetResult();
        Assert.Equal(HttpStatusCode.Created, (await held).StatusCode);
        await Uses("refuses", use => use[4] == "0" && use[7] == "1");
        using var again = await Get("joe", Maps);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Watch_gives_its_seat_back_once_it_has_shown_what_there_is()
    {
        await Allow("watcher");
        await Level("watches", """{ "type": "Reject" }""", "watcher");
        using var watch = await Get("watcher", $"{Maps}?watch=1", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, watch.StatusCode);
        await Uses("watches", use => use[4] == "0");
        using var list = await Get("watcher", Maps);
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
    }

    [Fact]
    public async Task Client_that_goes_away_leaves_no_seat_behind()
    {
        await Allow("ann");
        await Level("leaves", """{ "type": "Queue", "queuing": { "queues": 1, "handSize": 1 } }""", "ann");
        var (held, release) = Hold("ann");
        await Uses("leaves", use => use[4] == "1");
        using (var impatient = new CancellationTokenSource())
        {
            var waits = Get("ann", Maps, stop: impatient.Token);
            await Uses("leaves", use => use[3] == "1");
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        }
        await Uses("leaves", use => use[3] == "0" && use[9] == "1");
        release.SetResult();
        await held;
        await Uses("leaves", use => use[4] == "0" && use[5] == "0");
    }

    [Fact]
    public async Task Built_in_objects_are_there_and_the_use_of_levels_is_for_administrators()
    {
        Assert.Equal("False", Condition(await cluster.Send(HttpMethod.Get, $"{FlowControlApi}/flowschemas/global-default")));
        var before = await Uid("flowschemas/probes");
        await cluster.Send(HttpMethod.Delete, $"{FlowControlApi}/flowschemas/service-accounts");
        await cluster.Restart();
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, $"{FlowControlApi}/flowschemas/service-accounts")).Code);
        Assert.Equal(before, await Uid("flowschemas/probes"));
        using var refused = await Get("somebody", PriorityAndFairness.DumpPath);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private static string Condition((HttpStatusCode Code, JsonObject Body) schema) => schema.Body["status"].Objects("conditions").Single().Text("status");

    private async Task<string> Uid(string path) => (await cluster.Send(HttpMethod.Get, $"{FlowControlApi}/{path}")).Body["metadata"].Text("uid");

    private async Task Allow(string user)
    {
        var binding = $$"""{ "metadata": { "name": "{{user}}" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit" }, "subjects": [ { "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "{{user}}" } ] }""";
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)).Code);
    }

    private async Task Level(string name, string response, string user)
    {
        var level = $$"""{ "metadata": { "name": "{{name}}" }, "spec": { "type": "Limited", "limited": { "nominalConcurrencyShares": 1, "borrowingLimitPercent": 0, "limitResponse": {{response}} } } }""";
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, $"{FlowControlApi}/prioritylevelconfigurations", level)).Code);
        var schema = $$"""
            { "metadata": { "name": "{{name}}" }, "spec": { "priorityLevelConfiguration": { "name": "{{name}}" }, "matchingPrecedence": 50, "distinguisherMethod": { "type": "ByUser" },
              "rules": [ { "subjects": [ { "kind": "User", "user": { "name": "{{user}}" } } ], "resourceRules": [ { "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": true } ] } ] } }
            """;
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, $"{FlowControlApi}/flowschemas", schema)).Code);
    }

    // A request whose body does not come to its end holds its seat.
    private (Task<HttpResponseMessage> Answer, TaskCompletionSource Release) Hold(string user)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Content = new Slow($$"""{ "metadata": { "name": "of-{{user}}" } }""", release.Task) };
        request.Headers.Add("Impersonate-User", user);
        return (cluster.Http.SendAsync(request), release);
    }

    private Task<HttpResponseMessage> Get(string user, string path, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead, CancellationToken stop = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Impersonate-User", user);
        return cluster.Http.SendAsync(request, until, stop);
    }

    private Task Uses(string level, Func<string[], bool> condition) => ControlPlaneMembers.Until($"the level {level} to be used so", async () =>
        (await cluster.Http.GetStringAsync(PriorityAndFairness.DumpPath)).Split('\n').SingleOrDefault(line => line.StartsWith($"{level},", StringComparison.Ordinal)) is { } line && condition(line.Split(", ")));

    private sealed class Slow(string text, Task release) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            await stream.WriteAsync(bytes.AsMemory(0, 1));
            await stream.FlushAsync();
            await release;
            await stream.WriteAsync(bytes.AsMemory(1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
