using ControlPlane.Access;
using ControlPlane.Access.Roles;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Access.Roles;

/// <summary>What a single rule allows, and which rules cover another.</summary>
public sealed class PolicyRuleTests
{
    [Theory]
    [InlineData("get", "", "pods", "", "any", true)]
    [InlineData("list", "", "pods", "", "", false)]
    [InlineData("get", "apps", "pods", "", "any", false)]
    [InlineData("get", "", "pods", "log", "any", true)]
    [InlineData("get", "", "pods", "status", "any", false)]
    [InlineData("get", "", "replicationcontrollers", "scale", "any", true)]
    [InlineData("get", "", "replicationcontrollers", "", "any", false)]
    public void Resources_are_compared_with_their_subresources(string verb, string group, string resource, string subresource, string name, bool allowed)
    {
        var rule = Rule("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["pods", "pods/log", "*/scale"] }""");
        Assert.Equal(allowed, rule.Allows(Request(verb, group, resource, subresource, name)));
    }

    [Fact]
    public void Named_rule_is_of_these_names_only()
    {
        var rule = Rule("""{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["mine"] }""");
        Assert.True(rule.Allows(Request("delete", "apps", "deployments", "scale", "mine")));
        Assert.False(rule.Allows(Request("delete", "apps", "deployments", "scale", "yours")));
        Assert.False(rule.Allows(Request("list", "apps", "deployments", "", "")));
    }

    [Theory]
    [InlineData("/healthz", true)]
    [InlineData("/healthz/etcd", false)]
    [InlineData("/apis/apps", true)]
    [InlineData("/apis", false)]
    [InlineData("/", false)]
    public void Url_may_end_in_a_star(string path, bool allowed) =>
        Assert.Equal(allowed, Rule("""{ "verbs": ["get"], "nonResourceURLs": ["/healthz", "/apis/*"] }""").Allows(new() { Path = path, Verb = "get" }));

    [Fact]
    public void Rule_of_resources_allows_no_url_and_the_reverse()
    {
        Assert.False(Rule("""{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }""").Allows(new() { Path = "/metrics", Verb = "get" }));
        Assert.False(Rule("""{ "verbs": ["*"], "nonResourceURLs": ["*"] }""").Allows(Request("get", "", "pods", "", "a")));
    }

    [Theory]
    [InlineData("""{ "verbs": ["get", "list"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments"] }""", true)]
    [InlineData("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a", "b"] }""", true)]
    [InlineData("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"] }""", true)]
    [InlineData("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"] }""", false)]
    [InlineData("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"] }""", false)]
    [InlineData("""{ "verbs": ["*"], "apiGroups": [""], "resources": ["pods"] }""", false)]
    [InlineData("""{ "verbs": ["get"], "apiGroups": ["*"], "resources": ["pods"] }""", false)]
    [InlineData("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"] }""", false)]
    [InlineData("""{ "verbs": ["update"], "apiGroups": ["apps"], "resources": ["deployments/scale"] }""", true)]
    [InlineData("""{ "verbs": ["get"], "nonResourceURLs": ["/api/v1"] }""", true)]
    [InlineData("""{ "verbs": ["get"], "nonResourceURLs": ["/api/*"] }""", true)]
    [InlineData("""{ "verbs": ["get"], "nonResourceURLs": ["*"] }""", false)]
    public void Rule_is_covered_by_all_together_or_not(string wanted, bool covered)
    {
        PolicyRule[] held =
        [
            Rule("""{ "verbs": ["get"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments"] }"""),
            Rule("""{ "verbs": ["list"], "apiGroups": ["apps", ""], "resources": ["deployments", "pods"] }"""),
            Rule("""{ "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"] }"""),
            Rule("""{ "verbs": ["update"], "apiGroups": ["apps"], "resources": ["*/scale"] }"""),
            Rule("""{ "verbs": ["get"], "nonResourceURLs": ["/api/*"] }"""),
        ];
        Assert.Equal(covered, Rule(wanted).IsCoveredBy(held));
    }

    internal static PolicyRule Rule(string json) => PolicyRule.Read(ObjectLimits.ParseElement(System.Text.Encoding.UTF8.GetBytes(json)));

    private static RequestInfo Request(string verb, string group, string resource, string subresource, string name) =>
        new() { Path = "", Verb = verb, Group = group, Resource = resource, Subresource = subresource, Name = name };
}
