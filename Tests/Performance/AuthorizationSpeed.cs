using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Access.Roles;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>What it takes to judge a request with many roles and bindings in the cluster. Prints figures and asserts only that the verdicts are right.</summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class AuthorizationSpeed(ITestOutputHelper output)
{
    private const string Group = "rbac.authorization.k8s.io";
    private const int Bindings = 1000;
    private const int Requests = 200_000;

    [Fact]
    public void Verdicts_with_a_thousand_bindings()
    {
        var store = new ObjectStore();
        for (var i = 0; i < Bindings; i++)
        {
            var place = $"ns-{i % 100}";
            Put(store, "roles", place, $"role-{i}", new()
            {
                ["rules"] = new JsonArray([.. Enumerable.Range(0, 10).Select(rule => (JsonNode)new PolicyRule { Verbs = ["get", "list", "watch"], Groups = ["apps", "batch"], Resources = [$"resource-{rule}", $"other-{rule}"] }.ToJson())]),
            });
            Put(store, "rolebindings", place, $"binding-{i}", new()
            {
                ["roleRef"] = new JsonObject { ["kind"] = "Role", ["name"] = $"role-{i}" },
                ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "User", ["name"] = $"user-{i % 200}" }, new JsonObject { ["kind"] = "Group", ["name"] = "everybody" }),
            });
        }
        var authorizer = new RoleAuthorizer(store.Cache);
        var figures = new FigureTable(output);
        var user = new UserInfo("user-7", ["everybody", UserInfo.Authenticated]);
        RequestInfo allowed = new() { Path = "", Verb = "list", Group = "batch", Resource = "other-9", Namespace = "ns-7" }, refused = allowed with { Resource = "secrets" };
        Measure(figures, "a request that the last of ten rules allows", authorizer, user, allowed, true);
        Measure(figures, "a request that no rule of a group's ten roles in the namespace allows", authorizer, user, refused, false);
        var started = Stopwatch.GetTimestamp();
        const int changes = 20;
        for (var i = 0; i < changes; i++)
        {
            Put(store, "rolebindings", "ns-0", "binding-0", new() { ["roleRef"] = new JsonObject { ["kind"] = "Role", ["name"] = $"role-{i}" } });
            Assert.True(authorizer.Judge(user, allowed).Allowed);
        }
        figures.Add($"the first request after a change of one of {Bindings} bindings", $"{Stopwatch.GetElapsedTime(started).TotalMilliseconds / changes:0.00} ms");
    }

    private static void Measure(FigureTable figures, string what, RoleAuthorizer authorizer, UserInfo user, RequestInfo request, bool expected)
    {
        for (var i = 0; i < Requests / 10; i++) Assert.Equal(expected, authorizer.Judge(user, request).Allowed);
        var (started, bytes) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < Requests; i++) authorizer.Judge(user, request);
        figures.Add($"{what}, {Bindings} bindings", $"{Stopwatch.GetElapsedTime(started).TotalMicroseconds / Requests:0.00} us   {(GC.GetAllocatedBytesForCurrentThread() - bytes) / Requests} bytes", "<= 20 us");
    }

    private static void Put(ObjectStore store, string resource, string place, string name, JsonObject content)
    {
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = place, ["uid"] = "u" };
        store.Put(new(new(Group, resource, place, name), ObjectJson.ToUtf8(content), 0));
    }
}
