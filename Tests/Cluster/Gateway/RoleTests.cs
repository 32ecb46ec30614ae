using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Users with few rights, as the whole way of a request treats them. They are impersonated, as <c>kubectl --as</c> does.</summary>
public sealed class RoleTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    private const string Reviews = "/apis/authorization.k8s.io/v1";
    private static readonly string[] AllAggregated = ["view", "edit", "admin"];

    [Fact]
    public async Task User_may_do_what_its_roles_allow_and_is_told_what_it_may_not()
    {
        await Namespace("mine");
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, $"{Rbac}/namespaces/mine/rolebindings", Binding("RoleBinding", "jane", "ClusterRole", "view", "User", "jane"))).Code);
        await Until(async () => (await As("jane", HttpMethod.Get, "/api/v1/namespaces/mine/pods")).Code == HttpStatusCode.OK);
        var (code, refusal) = await As("jane", HttpMethod.Get, "/api/v1/namespaces/mine/secrets");
        Assert.Equal(HttpStatusCode.Forbidden, code);
        Assert.Equal("""secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "mine" """.TrimEnd(), refusal.Text("message"));
        Assert.Equal("secrets", refusal.Text("details", "kind"));
        Assert.Equal(
            """deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments/scale" in API group "apps" in the namespace "default" """.TrimEnd(),
            (await As("jane", HttpMethod.Get, "/apis/apps/v1/namespaces/default/deployments/web/scale")).Body.Text("message"));
        Assert.Equal("""nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope""", (await As("jane", HttpMethod.Get, "/api/v1/nodes")).Body.Text("message"));
        Assert.Equal("""forbidden: User "jane" cannot get path "/metrics" """.TrimEnd(), (await As("jane", HttpMethod.Get, "/metrics")).Body.Text("message"));
        Assert.Equal(HttpStatusCode.OK, (await As("jane", HttpMethod.Get, "/api/v1")).Code);
    }

    [Fact]
    public async Task Who_sees_one_object_may_list_it_by_its_name()
    {
        var role = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "one-map" },
            ["rules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("list"), ["apiGroups"] = new JsonArray(""), ["resources"] = new JsonArray("configmaps"), ["resourceNames"] = new JsonArray("this") }),
        };
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, $"{Rbac}/namespaces/default/roles", role.ToJsonString())).Code);
        await cluster.Send(HttpMethod.Post, $"{Rbac}/namespaces/default/rolebindings", Binding("RoleBinding", "one-map", "Role", "one-map", "Group", "readers"));
        await Until(async () => (await As("joe", HttpMethod.Get, "/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Dthis", groups: "readers")).Code == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Forbidden, (await As("joe", HttpMethod.Get, "/api/v1/namespaces/default/configmaps", groups: "readers")).Code);
        Assert.Equal(HttpStatusCode.Forbidden, (await As("joe", HttpMethod.Get, "/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%21%3Dthis", groups: "readers")).Code);
    }

    [Fact]
    public async Task Nobody_gives_what_he_has_not()
    {
        await Namespace("theirs");
        await cluster.Send(HttpMethod.Post, $"{Rbac}/namespaces/theirs/rolebindings", Binding("RoleBinding", "boss", "ClusterRole", "admin", "User", "boss"));
        await Until(async () => (await As("boss", HttpMethod.Get, $"{Rbac}/namespaces/theirs/roles")).Code == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Created, (await As("boss", HttpMethod.Post, $"{Rbac}/namespaces/theirs/roles", Role("fits", "pods"))).Code);
        var (code, refusal) = await As("boss", HttpMethod.Post, $"{Rbac}/namespaces/theirs/roles", Role("too-much", "nodes"));
        Assert.Equal(HttpStatusCode.Forbidden, code);
        Assert.Contains("is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\"]}", refusal.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await As("boss", HttpMethod.Post, $"{Rbac}/namespaces/theirs/rolebindings", Binding("RoleBinding", "helper", "ClusterRole", "edit", "User", "helper"))).Code);
        Assert.Equal(HttpStatusCode.Forbidden, (await As("boss", HttpMethod.Post, $"{Rbac}/namespaces/theirs/rolebindings", Binding("RoleBinding", "takeover", "ClusterRole", "cluster-admin", "User", "boss"))).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await As("boss", HttpMethod.Post, $"{Rbac}/namespaces/theirs/rolebindings", Binding("RoleBinding", "empty", "Role", "none", "User", "boss"))).Code);
    }

    [Fact]
    public async Task Aggregated_role_has_the_rules_of_all_that_carry_its_label()
    {
        var role = JsonNode.Parse(Role("widgets-view", "widgets"))!.AsObject();
        role.Metadata()["labels"] = new JsonObject { ["rbac.authorization.k8s.io/aggregate-to-view"] = "true" };
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, $"{Rbac}/clusterroles", role.ToJsonString())).Code);
        foreach (var name in AllAggregated) await Until(() => Has(name, "widgets", true));
        await cluster.Send(HttpMethod.Delete, $"{Rbac}/clusterroles/widgets-view");
        foreach (var name in AllAggregated) await Until(() => Has(name, "widgets", false));
        Assert.True(await Has("admin", "rolebindings", true));
    }

    [Fact]
    public async Task Reviews_say_what_the_pipeline_does()
    {
        Assert.True(await May("""{ "resourceAttributes": { "verb": "delete", "resource": "nodes" } }""", "selfsubjectaccessreviews"));
        Assert.False(await May("""{ "user": "nobody", "resourceAttributes": { "verb": "delete", "resource": "nodes" } }""", "subjectaccessreviews"));
        Assert.True(await May("""{ "user": "nobody", "groups": ["system:masters"], "resourceAttributes": { "verb": "delete", "resource": "nodes" } }""", "subjectaccessreviews"));
        Assert.True(await May("""{ "user": "nobody", "groups": ["system:authenticated"], "nonResourceAttributes": { "verb": "get", "path": "/version" } }""", "subjectaccessreviews"));
        var (code, body) = await cluster.Send(HttpMethod.Post, $"{Reviews}/subjectaccessreviews", """{ "spec": { "user": "x" } }""");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "spec.resourceAttributes"), (code, body["details"]!["causes"]![0].Text("field")));
        var rules = await As("jane", HttpMethod.Post, $"{Reviews}/selfsubjectrulesreviews", """{ "spec": { "namespace": "default" } }""");
        Assert.Contains(rules.Body["status"].Objects("resourceRules"), rule => rule.Texts("resources").Contains("selfsubjectaccessreviews"));
        Assert.Contains(rules.Body["status"].Objects("nonResourceRules"), rule => rule.Texts("nonResourceURLs").Contains("/version"));
        var token = await cluster.Send(HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews", $$"""{ "spec": { "token": "{{cluster.Host.Pki.AdministratorToken}}" } }""");
        Assert.Equal("kubernetes-admin", token.Body.Text("status", "user", "username"));
        Assert.False((await cluster.Send(HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews", """{ "spec": { "token": "made-up" } }""")).Body["status"].Flag("authenticated"));
    }

    [Fact]
    public async Task Acting_as_somebody_else_takes_the_right_to_it()
    {
        var who = await As("system:serviceaccount:default:robot", HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"], who.Body["status"]!["userInfo"].Texts("groups"));
        using var lone = new HttpRequestMessage(HttpMethod.Get, "/version");
        lone.Headers.Add("Impersonate-Group", "system:masters");
        Assert.Equal(HttpStatusCode.BadRequest, (await cluster.Http.SendAsync(lone)).StatusCode);

        // Somebody without the right.
        using var nobody = cluster.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/version");
        request.Headers.Add("Impersonate-User", "kubernetes-admin");
        var answer = await nobody.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("cannot impersonate resource", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Built_in_roles_are_mended_at_a_start_and_not_trimmed()
    {
        var path = $"{Rbac}/clusterroles/system:discovery";
        var kept = $"{Rbac}/clusterroles/system:monitoring";
        await cluster.Send(HttpMethod.Patch, path, """{ "rules": [ { "verbs": ["get"], "nonResourceURLs": ["/mine"] } ] }""", "application/merge-patch+json");
        await cluster.Send(HttpMethod.Patch, kept, """{ "metadata": { "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "false" } }, "rules": [] }""", "application/merge-patch+json");
        await cluster.Send(HttpMethod.Delete, $"{Rbac}/clusterrolebindings/system:basic-user");
        await cluster.Restart();
        string[] urls = [.. (await cluster.Send(HttpMethod.Get, path)).Body.Objects("rules").SelectMany(rule => rule.Texts("nonResourceURLs"))];
        Assert.Contains("/mine", urls);
        Assert.Contains("/openapi/*", urls);
        Assert.Empty((await cluster.Send(HttpMethod.Get, kept)).Body.Objects("rules"));
        Assert.Equal(HttpStatusCode.OK, (await cluster.Send(HttpMethod.Get, $"{Rbac}/clusterrolebindings/system:basic-user")).Code);
    }

    private async Task<bool> Has(string role, string resource, bool expected) =>
        (await cluster.Send(HttpMethod.Get, $"{Rbac}/clusterroles/{role}")).Body.Objects("rules").Any(rule => rule.Texts("resources").Contains(resource)) == expected;

    private async Task<bool> May(string spec, string review) =>
        (await cluster.Send(HttpMethod.Post, $"{Reviews}/{review}", $$"""{ "spec": {{spec}} }""")).Body["status"].Flag("allowed") ?? throw new InvalidOperationException("no answer");

    private async Task Namespace(string name) =>
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, "/api/v1/namespaces", $$"""{ "metadata": { "name": "{{name}}" } }""")).Code);

    private async Task<(HttpStatusCode Code, JsonObject Body)> As(string user, HttpMethod method, string path, string? body = null, string groups = "")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Impersonate-User", user);
        if (groups.Length > 0) request.Headers.Add("Impersonate-Group", groups);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await cluster.Http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    private static Task Until(Func<Task<bool>> holds) => ControlPlaneMembers.Until("the roles to count", holds);

    private static string Role(string name, string resource) =>
        $$"""{ "metadata": { "name": "{{name}}" }, "rules": [ { "verbs": ["get"], "apiGroups": [""], "resources": ["{{resource}}"] } ] }""";

    private static string Binding(string kind, string name, string roleKind, string role, string subjectKind, string subject) => $$"""
        { "kind": "{{kind}}", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": { "name": "{{name}}" },
          "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "{{roleKind}}", "name": "{{role}}" },
          "subjects": [ { "kind": "{{subjectKind}}", "name": "{{subject}}" } ] }
        """;
}
