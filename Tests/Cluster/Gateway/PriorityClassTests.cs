using System.Net;
using System.Text.Json.Nodes;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Where a pod's priority comes from.</summary>
public sealed class PriorityClassTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
    private const string Pods = "/api/v1/namespaces/default/pods";

    [Fact]
    public async Task Pod_gets_the_value_and_the_policy_of_its_class_or_of_the_default_one()
    {
        Assert.Equal("0 PreemptLowerPriority ", Priority(await Made(Pods, Pod("plain"))));
        await Made(Classes, Class("urgent", 1000, """, "preemptionPolicy": "Never" """));
        Assert.Equal("1000 Never urgent", Priority(await Made(Pods, Pod("urgent", """ "priorityClassName": "urgent", """))));
        Assert.Equal("2000001000 PreemptLowerPriority system-node-critical", Priority(await Made(Pods, Pod("critical", """ "priorityClassName": "system-node-critical", """))));
        await Made(Classes, Class("usual", 7, """, "globalDefault": true """));
        Assert.Equal("7 PreemptLowerPriority usual", Priority(await Made(Pods, Pod("later"))));
        Assert.Contains("PriorityClass usual is already marked as default", await Refused(Classes, Class("other", 8, """, "globalDefault": true """), HttpStatusCode.Forbidden), StringComparison.Ordinal);
        await cluster.Send(HttpMethod.Delete, $"{Classes}/usual");
        Assert.Equal("0 PreemptLowerPriority ", Priority(await Made(Pods, Pod("last"))));
    }

    [Theory]
    [InlineData(""" "priorityClassName": "nowhere", """, "no PriorityClass with name nowhere was found")]
    [InlineData(""" "priorityClassName": "system-cluster-critical", "priority": 5, """, "the integer value of priority (5) must not be provided")]
    [InlineData(""" "priority": 5, """, "the integer value of priority (5) must not be provided")]
    [InlineData(""" "priorityClassName": "system-cluster-critical", "preemptionPolicy": "Never", """, "the string value of PreemptionPolicy (Never) must not be provided")]
    public async Task Pod_that_says_something_else_is_refused(string spec, string why) =>
        Assert.Contains(why, await Refused(Pods, Pod("odd", spec), HttpStatusCode.Forbidden), StringComparison.Ordinal);

    [Fact]
    public async Task Names_of_the_system_are_its_own_and_users_values_are_bounded()
    {
        Assert.Contains("reserved for system use only", await Refused(Classes, Class("system-mine", 1), HttpStatusCode.UnprocessableEntity), StringComparison.Ordinal);
        Assert.Contains("maximum allowed value of a user defined priority is 1000000000", await Refused(Classes, Class("mine", 1_000_000_001), HttpStatusCode.UnprocessableEntity), StringComparison.Ordinal);
    }

    private async Task<JsonObject> Made(string path, string body)
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == HttpStatusCode.Created, answer.ToJsonString());
        return answer;
    }

    private async Task<string> Refused(string path, string body, HttpStatusCode expected)
    {
        var (code, answer) = await cluster.Send(HttpMethod.Post, path, body);
        Assert.True(code == expected, answer.ToJsonString());
        return answer.Text("message");
    }

    private static string Priority(JsonObject pod) => $"{pod["spec"]!["priority"]} {pod["spec"]!["preemptionPolicy"]} {pod["spec"]!["priorityClassName"]}";

    private static string Class(string name, long value, string more = "") =>
        $$"""{ "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": "{{name}}" }, "value": {{value}}{{more}} }""";

    private static string Pod(string name, string spec = "") =>
        $$"""{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "{{name}}" }, "spec": { {{spec}} "containers": [ { "name": "c", "image": "i" } ] } }""";
}
