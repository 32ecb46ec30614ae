using Xunit;

namespace Tests.Unit.Strategies;

public sealed class ObjectMetaTests
{
    private const string Uuid = "00000000-0000-0000-0000-000000000001";
    private static readonly KindCase ConfigMap = new("", "configmaps");

    [Theory]
    [InlineData("web", true)]
    [InlineData("web.example.com", true)]
    [InlineData("1-web", true)]
    [InlineData("Web", false)]
    [InlineData("web_1", false)]
    [InlineData("-web", false)]
    [InlineData("web.", false)]
    [InlineData("we..b", false)]
    public void Name_of_most_kinds_is_a_subdomain(string name, bool valid) => Assert.Equal(valid, ConfigMap.CreateFaults("{}", name).Length == 0);

    [Fact]
    public void Name_with_a_fault_is_worded_as_kubernetes_does() => Assert.Equal(
        "metadata.name: Invalid value: \"Web\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
        + "end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        Assert.Single(ConfigMap.CreateFaults("{}", "Web")));

    [Theory]
    [InlineData("services", "1web", "must start with an alphabetic character|start with an alphabetic character")]
    [InlineData("services", "a.b", "a DNS-1035 label must consist of")]
    [InlineData("namespaces", "a.b", "a lowercase RFC 1123 label must consist of")]
    public void Name_of_a_kind_with_a_rule_of_its_own_keeps_it(string plural, string name, string message)
    {
        var faults = new KindCase("", plural).CreateFaults("""{"spec":{"ports":[{"port":80}]}}""", name);
        Assert.Contains(faults, fault => message.Split('|').Any(fault.Contains));
    }

    [Fact]
    public void Rbac_names_are_path_segments()
    {
        var roles = new KindCase("rbac.authorization.k8s.io", "clusterroles");
        Assert.Empty(roles.CreateFaults("{}", "system:Node_x"));
        Assert.Equal(["metadata.name: Invalid value: \"a%b\": may not contain '%'"], roles.CreateFaults("{}", "a%b"));
    }

    [Theory]
    [InlineData("""{"labels":{"a b":"x"}}""", "metadata.labels: Invalid value: \"a b\": name part must consist of")]
    [InlineData("""{"labels":{"a":"x y"}}""", "metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of")]
    [InlineData("""{"labels":{"/a":"x"}}""", "metadata.labels: Invalid value: \"/a\": prefix part must be non-empty")]
    [InlineData("""{"annotations":{"a/b/c":"x"}}""", "metadata.annotations: Invalid value: \"a/b/c\": a qualified name must consist of")]
    [InlineData("""{"finalizers":["x"]}""", "metadata.finalizers: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified")]
    [InlineData("""{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p"}]}""", "metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty")]
    [InlineData("""{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"1","controller":true},{"apiVersion":"v1","kind":"Pod","name":"q","uid":"2","controller":true}]}""",
        "Only one reference can have Controller set to true. Found \"true\" in references for Pod/p and Pod/q")]
    [InlineData("""{"generateName":"X-"}""", "metadata.generateName: Invalid value: \"X-\": a lowercase RFC 1123 subdomain")]
    public void Metadata_with_a_fault_is_refused(string metadata, string message) =>
        Assert.Contains(message, Assert.Single(ConfigMap.CreateFaults($$$$"""{"metadata":{{{{metadata}}}}}""")));

    [Theory]
    [InlineData("""{"labels":{"app.kubernetes.io/name":"x","a":""}}""")]
    [InlineData("""{"annotations":{"Example.com/a":"any text, of any length\n"}}""")]
    [InlineData("""{"finalizers":["example.com/hold","orphan"]}""")]
    [InlineData("""{"generateName":"web-"}""")]
    public void Metadata_without_fault_is_taken(string metadata) => Assert.Empty(ConfigMap.CreateFaults($$$$"""{"metadata":{{{{metadata}}}}}"""));

    [Fact]
    public void Annotations_have_a_bound()
    {
        var half = new string('x', 128 * 1024 - 1);
        Assert.Empty(ConfigMap.CreateFaults($$$$"""{"metadata":{"annotations":{"a":"{{{{half}}}}","b":"{{{{half}}}}"}}}"""));
        Assert.Equal(["metadata.annotations: Too long: may not be more than 262144 bytes"], ConfigMap.CreateFaults($$$$"""{"metadata":{"annotations":{"a":"{{{{half}}}}","b":"{{{{half}}}}x"}}}"""));
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var faults = ConfigMap.CreateFaults("""{"metadata":{"labels":{"a b":"x"},"finalizers":["x"]},"data":{"c d":"x"}}""", "Web");
        Assert.Equal(["metadata.name", "metadata.labels", "metadata.finalizers", "data[c d]"], faults.Select(fault => fault[..fault.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void Finalizer_cannot_be_added_to_what_is_being_deleted()
    {
        var held = ConfigMap.Create("""{"metadata":{"finalizers":["example.com/a"]}}""");
        var dying = ConfigMap.With(held, tree =>
        {
            tree["metadata"]!["deletionTimestamp"] = "2030-01-01T00:00:00Z";
            tree["metadata"]!["deletionGracePeriodSeconds"] = 0;
        });
        Assert.Equal(
            ["metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/b\"}"],
            ConfigMap.PatchFaults(dying, """{"metadata":{"finalizers":["example.com/a","example.com/b"]}}"""));
        Assert.Empty(ConfigMap.PatchFaults(dying, """{"metadata":{"finalizers":null}}"""));
    }

    [Fact]
    public void Identity_survives_an_update_that_leaves_it_out()
    {
        var stored = ConfigMap.Create("""{"data":{"a":"1"}}""");
        var updated = ConfigMap.Updated(stored, """{"data":{"a":"2"}}""");
        Assert.Equal(stored.Uid, (string?)updated["metadata"]!["uid"]);
        Assert.NotEqual(Uuid, stored.Uid);
        Assert.Equal("2", (string?)updated["data"]!["a"]);
    }
}
