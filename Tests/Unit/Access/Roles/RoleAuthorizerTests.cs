using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Access.Roles;
using ControlPlane.Objects;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Access.Roles;

/// <summary>Generated roles, bindings and requests, judged by the index and by a reader of all objects that knows nothing of it.</summary>
public sealed class RoleAuthorizerTests
{
    private const string Group = "rbac.authorization.k8s.io";
    private static readonly string[] Verbs = ["get", "list", "create", "*"];
    private static readonly string[] Groups = ["", "apps", "*"];
    private static readonly string[] Resources = ["pods", "pods/log", "secrets", "*/log", "*"];
    private static readonly string[] Places = ["a", "b", "c"];
    private static readonly string[] Urls = ["/version", "/api/*", "*"];
    private static readonly string[] Names = ["one", "two"];

    [Fact]
    public void Index_says_what_a_naive_reading_of_all_objects_says()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var store = new ObjectStore();
            var authorizer = new RoleAuthorizer(store.Cache);
            for (var step = 0; step < 40; step++)
            {
                Change(store, random);
                for (var i = 0; i < 12; i++)
                {
                    var (user, request) = (User(random), Request(random));
                    var (expected, said) = (Naive(store, user, request), authorizer.Judge(user, request));
                    Assert.True(expected == said.Allowed, $"seed {seed}, step {step}: {user.Name} {request}: {said}, expected {expected}");
                    Assert.Equal(said.Allowed, said.Reason.Length > 0);
                    Assert.Equal(expected, authorizer.RulesOf(user, request.Namespace).Any(rule => rule.Allows(request)));
                }
            }
        }
    }

    [Fact]
    public void Masters_may_do_everything_without_any_role()
    {
        var authorizer = new RoleAuthorizer(new ObjectStore().Cache);
        var master = new UserInfo("root", [UserInfo.Masters]);
        Assert.True(authorizer.Judge(master, new() { Path = "/anything", Verb = "post" }).Allowed);
        Assert.False(authorizer.Judge(master with { Groups = [UserInfo.Authenticated] }, new() { Path = "/anything", Verb = "post" }).Allowed);
    }

    [Fact]
    public void Reason_names_the_binding_the_role_and_the_subject()
    {
        var store = new ObjectStore();
        Put(store, "roles", "a", "reader", new() { ["rules"] = new JsonArray(PolicyRuleTests.Rule("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["pods"] }""").ToJson()) });
        Put(store, "rolebindings", "a", "read", new()
        {
            ["roleRef"] = new JsonObject { ["kind"] = "Role", ["name"] = "reader" },
            ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["name"] = "robot", ["namespace"] = "b" }),
        });
        var verdict = new RoleAuthorizer(store.Cache).Judge(UserInfo.ServiceAccount("b", "robot"), new() { Path = "", Verb = "get", Resource = "pods", Namespace = "a", Name = "x" });
        Assert.Equal("""RBAC: allowed by RoleBinding "read/a" of Role "reader" to ServiceAccount "robot/b" """.TrimEnd(), verdict.Reason);
    }

    private static void Change(ObjectStore store, Random random)
    {
        var place = Pick(random, Places);
        switch (random.Next(5))
        {
            case 0: Put(store, "clusterroles", "", $"role-{random.Next(4)}", Rules(random, urls: true)); break;
            case 1: Put(store, "roles", place, $"role-{random.Next(4)}", Rules(random, urls: false)); break;
            case 2: Put(store, "clusterrolebindings", "", $"binding-{random.Next(4)}", Binding(random, "ClusterRole")); break;
            case 3: Put(store, "rolebindings", place, $"binding-{random.Next(4)}", Binding(random, random.Next(2) == 0 ? "Role" : "ClusterRole")); break;
            default:
                var resource = Pick(random, ["clusterroles", "roles", "clusterrolebindings", "rolebindings"]);
                if (store.Cache.List(new(Group, resource)).Objects is { Count: > 0 } all) store.Put(all[random.Next(all.Count)], deleted: true);
                break;
        }
    }

    private static JsonObject Rules(Random random, bool urls)
    {
        var rules = new JsonArray();
        for (var i = random.Next(3); i > 0; i--)
        {
            rules.Add((JsonNode)(urls && random.Next(4) == 0
                ? new PolicyRule { Verbs = [Pick(random, Verbs)], Urls = [Pick(random, Urls)] }
                : new PolicyRule { Verbs = [Pick(random, Verbs)], Groups = [Pick(random, Groups)], Resources = [Pick(random, Resources)], Names = random.Next(3) == 0 ? [Pick(random, Names)] : [] }).ToJson());
        }
        return new() { ["rules"] = rules };
    }

    private static JsonObject Binding(Random random, string kind)
    {
        var subjects = new JsonArray();
        for (var i = random.Next(3); i > 0; i--)
        {
            subjects.Add(random.Next(3) switch
            {
                0 => new JsonObject { ["kind"] = "User", ["name"] = $"user-{random.Next(3)}" },
                1 => new JsonObject { ["kind"] = "Group", ["name"] = $"group-{random.Next(3)}" },
                _ => new JsonObject { ["kind"] = "ServiceAccount", ["name"] = "robot", ["namespace"] = Pick(random, Places) },
            });
        }
        return new() { ["roleRef"] = new JsonObject { ["kind"] = kind, ["name"] = $"role-{random.Next(4)}" }, ["subjects"] = subjects };
    }

    private static UserInfo User(Random random) =>
        random.Next(3) == 0 ? UserInfo.ServiceAccount(Pick(random, Places), "robot") : new($"user-{random.Next(3)}", [$"group-{random.Next(3)}", $"group-{random.Next(3)}"]);

    private static RequestInfo Request(Random random) => random.Next(5) == 0
        ? new() { Path = Pick(random, ["/version", "/api/v1", "/metrics"]), Verb = Pick(random, ["get", "post"]) }
        : new()
        {
            Path = "",
            Verb = Pick(random, ["get", "list", "create", "delete"]),
            Group = Pick(random, ["", "apps"]),
            Resource = Pick(random, ["pods", "secrets", "deployments"]),
            Subresource = Pick(random, ["", "log"]),
            Name = Pick(random, ["", "one", "two"]),
            Namespace = Pick(random, ["", "a", "b", "c"]),
        };

    private static bool Naive(ObjectStore store, UserInfo user, RequestInfo request)
    {
        foreach (var resource in (ReadOnlySpan<string>)["clusterrolebindings", "rolebindings"])
        {
            foreach (var binding in store.Cache.List(new(Group, resource)).Objects)
            {
                if (binding.Key.Namespace.Length > 0 && binding.Key.Namespace != request.Namespace) continue;
                var tree = binding.ToJsonObject();
                if (!tree.Objects("subjects").Any(subject => Is(subject, user))) continue;
                var isRole = tree.Text("roleRef", "kind") == "Role";
                var role = store.Cache.Get(new(Group, isRole ? "roles" : "clusterroles", isRole ? binding.Key.Namespace : "", tree.Text("roleRef", "name")));
                if (role is not null && role.ToJsonObject().Objects("rules").Any(rule => Allows(rule, request))) return true;
            }
        }
        return false;
    }

    private static bool Is(JsonObject subject, UserInfo user) => subject.Text("kind") switch
    {
        "User" => subject.Text("name") == user.Name,
        "Group" => user.Groups.Contains(subject.Text("name")),
        _ => user.Name == $"system:serviceaccount:{subject.Text("namespace")}:{subject.Text("name")}",
    };

    // By the words of the documentation, with sets of texts.
    private static bool Allows(JsonObject rule, RequestInfo request)
    {
        bool Any(string member, params string[] wanted) => rule.Texts(member).Intersect([.. wanted, "*"]).Any();
        if (!Any("verbs", request.Verb)) return false;
        if (request.Resource.Length == 0) return rule.Texts("nonResourceURLs").Any(url => url == request.Path || (url.EndsWith('*') && request.Path.StartsWith(url[..^1], StringComparison.Ordinal)));
        string[] resources = request.Subresource.Length == 0 ? [request.Resource] : [$"{request.Resource}/{request.Subresource}", $"*/{request.Subresource}"];
        return Any("apiGroups", request.Group) && Any("resources", resources) && (!rule.HasElements("resourceNames") || rule.Texts("resourceNames").Contains(request.Name));
    }

    private static void Put(ObjectStore store, string resource, string place, string name, JsonObject content)
    {
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = place, ["uid"] = "u" };
        store.Put(new(new(Group, resource, place, name), ObjectJson.ToUtf8(content), 0));
    }

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
