using Tests.Unit.Strategies;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What configurations of webhooks must look like.</summary>
public sealed class WebhookConfigurationTests
{
    private const string Rule = """{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""";
    private readonly KindCase _mutating = new("admissionregistration.k8s.io", "mutatingwebhookconfigurations");

    [Theory]
    [InlineData("""{ "url": "http://a" }""", "url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]")]
    [InlineData("""{ "url": "nowhere" }""", "url: Required value: url must be a valid URL; desired format: https://host[/path]")]
    [InlineData("""{ "url": "https://u:p@a" }""", "url: Invalid value: \"u:p\": user information is not permitted in the URL")]
    [InlineData("""{ "url": "https://a#f" }""", "url: Invalid value: \"#f\": fragments are not permitted in the URL")]
    [InlineData("""{ "url": "https://a?q=1" }""", "url: Invalid value: \"?q=1\": query parameters are not permitted in the URL")]
    [InlineData("""{ "url": "https://a", "service": { "namespace": "n", "name": "s" } }""", "Required value: exactly one of url or service is required")]
    [InlineData("""{ }""", "Required value: exactly one of url or service is required")]
    [InlineData("""{ "service": { "namespace": "n", "name": "s", "port": 0 } }""", "service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive")]
    [InlineData("""{ "service": { "namespace": "", "name": "s" } }""", "service.namespace: Required value: service namespace is required")]
    [InlineData("""{ "service": { "namespace": "n", "name": "" } }""", "service.name: Required value: service name is required")]
    [InlineData("""{ "service": { "namespace": "n", "name": "s", "path": "a" } }""", "service.path: Invalid value: \"a\": must start with a '/'")]
    [InlineData("""{ "service": { "namespace": "n", "name": "s", "path": "/a//b" } }""", "service.path: Invalid value: \"/a//b\": segment[1] may not be empty")]
    [InlineData("""{ "service": { "namespace": "n", "name": "s", "path": "/a/b/" } }""", "")]
    [InlineData("""{ "url": "https://a:8443/path" }""", "")]
    public void Client_is_one_url_or_service(string client, string fault)
    {
        var faults = _mutating.CreateFaults($$"""{ "webhooks": [ {{Hook(client: client)}} ] }""");
        Assert.Equal(fault.Length == 0 ? [] : [$"webhooks[0].clientConfig{(fault.StartsWith("Required value: exactly", StringComparison.Ordinal) ? ": " : ".")}{fault}"], faults);
    }

    [Theory]
    [InlineData("""{ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""", "operations: Required value")]
    [InlineData("""{ "operations": ["*", "CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""", "operations: Invalid value: [\"*\",\"CREATE\"]: if '*' is present, must not specify other operations")]
    [InlineData("""{ "operations": ["PATCH"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""", "operations[0]: Unsupported value: \"PATCH\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": ["*", ""], "apiVersions": ["v1"], "resources": ["pods"] }""", "apiGroups: Invalid value: [\"*\",\"\"]: if '*' is present, must not specify other API groups")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [], "apiVersions": ["v1"], "resources": ["pods"] }""", "apiGroups: Required value")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": [""], "resources": ["pods"] }""", "apiVersions[0]: Required value")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": [] }""", "resources: Required value")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods/*", "pods/status"] }""", "resources[1]: Invalid value: \"pods/status\": if 'pods/*' is present, must not specify pods/status")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["*/scale", "pods/scale"] }""", "resources[1]: Invalid value: \"pods/scale\": if '*/scale' is present, must not specify pods/scale")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["*/*", "pods"] }""", "resources: Invalid value: [\"*/*\",\"pods\"]: if '*/*' is present, must not specify other resources")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["*", "pods"] }""", "resources: Invalid value: [\"*\",\"pods\"]: if '*' is present, must not specify other resources without subresources")]
    [InlineData("""{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "Odd" }""", "scope: Unsupported value: \"Odd\": supported values: \"*\", \"Cluster\", \"Namespaced\"")]
    [InlineData("""{ "operations": ["CREATE", "CONNECT"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["*", "pods/status"], "scope": "Namespaced" }""", "")]
    public void Rules_say_what_they_mean(string rule, string fault)
    {
        var faults = _mutating.CreateFaults($$"""{ "webhooks": [ {{Hook(rule: rule)}} ] }""");
        Assert.Equal(fault.Length == 0 ? [] : [$"webhooks[0].rules[0].{fault}"], faults);
    }

    [Theory]
    [InlineData(""", "admissionReviewVersions": ["v1beta1"] """, "admissionReviewVersions: Invalid value: [\"v1beta1\"]: must include at least one of v1")]
    [InlineData(""", "admissionReviewVersions": ["v1", "v1"] """, "admissionReviewVersions[1]: Duplicate value: \"v1\"")]
    [InlineData(""", "timeoutSeconds": 31 """, "timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds")]
    [InlineData(""", "timeoutSeconds": 0 """, "timeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds")]
    [InlineData(""", "sideEffects": "Some" """, "sideEffects: Unsupported value: \"Some\": supported values: \"None\", \"NoneOnDryRun\"")]
    [InlineData(""", "failurePolicy": "Odd" """, "failurePolicy: Unsupported value: \"Odd\": supported values: \"Fail\", \"Ignore\"")]
    [InlineData(""", "reinvocationPolicy": "Always" """, "reinvocationPolicy: Unsupported value: \"Always\": supported values: \"IfNeeded\", \"Never\"")]
    [InlineData(""", "matchConditions": [ { "name": "c", "expression": "1" } ] """, "matchConditions[0].expression: Invalid value: \"1\": must evaluate to bool")]
    [InlineData(""", "matchConditions": [ { "name": "c", "expression": "" } ] """, "matchConditions[0].expression: Required value")]
    public void Other_fields_are_held_to_what_there_is(string more, string fault) =>
        Assert.Equal([$"webhooks[0].{fault}"], _mutating.CreateFaults($$"""{ "webhooks": [ {{Hook(more: more)}} ] }"""));

    private static string Hook(string client = """{ "url": "https://a" }""", string rule = Rule, string more = "")
    {
        // What is given again replaces what stands before.
        var hook = System.Text.Json.Nodes.JsonNode.Parse($$"""{ "name": "a.example.com", "clientConfig": {{client}}, "rules": [ {{rule}} ], "sideEffects": "None", "admissionReviewVersions": ["v1"] }""")!.AsObject();
        foreach (var (member, value) in System.Text.Json.Nodes.JsonNode.Parse($"{{ \"_\": 0{more} }}")!.AsObject()) hook[member] = value?.DeepClone();
        hook.Remove("_");
        return hook.ToJsonString();
    }
}
