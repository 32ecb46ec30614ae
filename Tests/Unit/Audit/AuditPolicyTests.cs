using System.Text;
using ControlPlane.Access;
using ControlPlane.Audit;
using Xunit;

namespace Tests.Unit.Audit;

/// <summary>Which requests are written down, and how much of them.</summary>
public sealed class AuditPolicyTests
{
    private const string Rules = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: None
          users: ["system:kube-proxy"]
          verbs: [watch]
          resources: [{ group: "", resources: [endpoints, services] }]
        - level: None
          nonResourceURLs: ["/healthz*", /version]
        - level: Request
          resources: [{ group: "", resources: ["pods/*", "*/scale"] }, { group: apps }]
          namespaces: [prod]
          omitStages: [ResponseStarted]
        - level: RequestResponse
          userGroups: [ops]
          resources: [{ group: "", resources: [secrets, configmaps], resourceNames: [special] }, { group: "", resources: [serviceaccounts/token] }]
        - level: Metadata
          resources: [{ group: "", resources: [pods] }]
        """;

    [Theory]
    [InlineData("system:kube-proxy", "GET", "/api/v1/services?watch", "None")]
    [InlineData("joe", "GET", "/healthz/x", "None")]
    [InlineData("joe", "GET", "/version", "None")]
    [InlineData("joe", "GET", "/metrics", "None")] // no rule matches
    [InlineData("joe", "POST", "/api/v1/namespaces/prod/pods/x/eviction", "Request")]
    [InlineData("joe", "GET", "/api/v1/namespaces/prod/pods/x", "Metadata")]
    [InlineData("joe", "PUT", "/api/v1/namespaces/prod/replicationcontrollers/x/scale", "Request")]
    [InlineData("joe", "GET", "/apis/apps/v1/namespaces/prod/deployments", "Request")]
    [InlineData("joe", "GET", "/apis/apps/v1/namespaces/test/deployments", "None")]
    [InlineData("ops", "GET", "/api/v1/namespaces/a/configmaps/special", "RequestResponse")]
    [InlineData("ops", "GET", "/api/v1/namespaces/a/configmaps/other", "None")]
    [InlineData("ops", "GET", "/api/v1/namespaces/a/secrets/special", "Metadata")] // never more of a Secret
    [InlineData("ops", "POST", "/api/v1/namespaces/a/serviceaccounts/x/token", "Metadata")] // nor of a token
    public void First_rule_that_matches_counts(string user, string method, string path, string level)
    {
        var info = RequestInfo.Parse(method, path.Split('?')[0], path.EndsWith("watch", StringComparison.Ordinal));
        Assert.Equal(level, Policy(Rules).Of(new(user, [user]), info).Level.ToString());
    }

    [Fact]
    public void Stages_are_left_out_by_the_policy_and_by_the_rule()
    {
        var (_, omitted) = Policy(Rules).Of(new("joe", []), RequestInfo.Parse("GET", "/apis/apps/v1/namespaces/prod/deployments", watch: false));
        Assert.Equal("RequestReceived,ResponseStarted", string.Join(',', omitted));
    }

    [Theory]
    [InlineData("rules: [{ level: Metadata }]", "apiVersion and kind")]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy", "rules: Required value")]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Everything }]", "rules[0].level: Unsupported value: \"Everything\"")]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: None }, { level: None, user: x }]", "unknown field \"rules[1].user\"")]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: None, omitStages: [Later] }]", "rules[0].omitStages: Unsupported value: \"Later\"")]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: None, nonResourceURLs: [/x], namespaces: [a] }]", "rules cannot apply to both")]
    [InlineData("a: [", "")]
    public void Fault_names_the_field(string text, string why) => Assert.Contains(why, Assert.Throws<FormatException>(() => Policy(text)).Message, StringComparison.Ordinal);

    private static AuditPolicy Policy(string text) => AuditPolicy.Parse(Encoding.UTF8.GetBytes(text));
}
