using System.Text.Json.Nodes;
using Tests.Unit.Strategies;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What mutating policies and their bindings must look like.</summary>
public sealed class MutatingPolicyConfigurationTests
{
    private const string Rule = """{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""";
    private const string Deletes = """{ "operations": ["CREATE", "DELETE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""";
    private const string NoDeletes = "Unsupported value: \"DELETE\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"UPDATE\"";
    private readonly KindCase _policies = new("admissionregistration.k8s.io", "mutatingadmissionpolicies");
    private readonly KindCase _bindings = new("admissionregistration.k8s.io", "mutatingadmissionpolicybindings");

    [Theory]
    [InlineData("ApplyConfiguration", "applyConfiguration", "Object{spec: Object.spec{hostNetwork: true}}", "")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "variables.yes ? Object{} : Object{metadata: Object.metadata{labels: {'a': string(request.dryRun)}}}", "")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "Object.spec{}", "must evaluate to Object but got Object.spec")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "{'spec': 1}", "must evaluate to Object but got map(string, int)")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "object", "must evaluate to Object but got dyn")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "[JSONPatch{op: 'remove', path: '/a'}]", "must evaluate to Object but got list(JSONPatch)")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "Thing{}", "compilation failed: ERROR: <input>:1:6: undeclared reference to 'Thing' (in container '')")]
    [InlineData("ApplyConfiguration", "applyConfiguration", "Object{data: params.x}", "compilation failed: ERROR: <input>:1:14: undeclared reference to 'params' (in container '')")]
    [InlineData("JSONPatch", "jsonPatch", "[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('b/c'), value: Object.a{}}]", "")]
    [InlineData("JSONPatch", "jsonPatch", "variables.yes ? [JSONPatch{op: 'remove', path: '/a'}] : []", "")]
    [InlineData("JSONPatch", "jsonPatch", "JSONPatch{op: 'remove', path: '/a'}", "must evaluate to list(JSONPatch) but got JSONPatch")]
    [InlineData("JSONPatch", "jsonPatch", "[{'op': 'remove', 'path': '/a'}]", "must evaluate to list(JSONPatch) but got list(map(string, string))")]
    [InlineData("JSONPatch", "jsonPatch", "[JSONPatch{op: 1}]", "compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'")]
    [InlineData("JSONPatch", "jsonPatch", "[JSONPatch{verb: 'add'}]", "compilation failed: ERROR: <input>:1:16: undefined field 'verb'")]
    [InlineData("JSONPatch", "jsonPatch", " ", null)]
    public void Mutation_is_checked_against_the_type_of_its_patch(string type, string member, string expression, string? fault)
    {
        var mutation = new JsonObject { ["patchType"] = type, [member] = new JsonObject { ["expression"] = expression } };
        var faults = _policies.CreateFaults(Policy($$""" "variables": [ { "name": "yes", "expression": "true" } ], "mutations": [ {{mutation.ToJsonString()}} ] """));
        if (fault is "") Assert.Empty(faults);
        else Assert.StartsWith($"spec.mutations[0].{member}.expression: {(fault is null ? "Required value" : $"Invalid value: \"{expression}\": {fault}")}", Assert.Single(faults), StringComparison.Ordinal);
    }

    // Messages are made by mutations only.
    [Fact]
    public void Variable_makes_no_messages() =>
        Assert.StartsWith("spec.variables[0].expression: Invalid value: \"Object{}\": compilation failed: ERROR: <input>:1:7: undeclared reference to 'Object'", Assert.Single(_policies.CreateFaults(Policy(""" "variables": [ { "name": "o", "expression": "Object{}" } ] """))), StringComparison.Ordinal);

    [Theory]
    [InlineData(""" "mutations": [] """, "mutations: Required value: mutations must contain at least one item")]
    [InlineData(""" "mutations": [ { "jsonPatch": { "expression": "[]" } } ] """, "mutations[0].patchType: Required value")]
    [InlineData(""" "mutations": [ { "patchType": "Merge" } ] """, "mutations[0].patchType: Unsupported value: \"Merge\": supported values: \"ApplyConfiguration\", \"JSONPatch\"")]
    [InlineData(""" "mutations": [ { "patchType": "JSONPatch" } ] """, "mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch")]
    [InlineData(""" "mutations": [ { "patchType": "ApplyConfiguration" } ] """, "mutations[0].applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration")]
    [InlineData(""" "mutations": [ { "patchType": "ApplyConfiguration", "applyConfiguration": { "expression": "Object{}" }, "jsonPatch": { "expression": "[]" } } ] """, "mutations[0].jsonPatch: Invalid value: \"{jsonPatch}\": must not be specified when patchType is ApplyConfiguration")]
    [InlineData(""" "reinvocationPolicy": null """, "reinvocationPolicy: Required value")]
    [InlineData(""" "reinvocationPolicy": "Always" """, "reinvocationPolicy: Unsupported value: \"Always\": supported values: \"IfNeeded\", \"Never\"")]
    [InlineData(""" "failurePolicy": "Odd" """, "failurePolicy: Unsupported value: \"Odd\": supported values: \"Fail\", \"Ignore\"")]
    [InlineData(""" "matchConstraints": null """, "matchConstraints: Required value")]
    [InlineData($$""" "matchConstraints": { "resourceRules": [ {{Deletes}} ] } """, $"matchConstraints.resourceRules.operations: {NoDeletes}")]
    [InlineData($$""" "matchConstraints": { "resourceRules": [ {{Rule}} ], "excludeResourceRules": [ {{Deletes}} ] } """, "")]
    [InlineData(""" "matchConditions": [ { "name": "c", "expression": "Object{}" } ] """, "matchConditions[0].expression: Invalid value: \"Object{}\": compilation failed: ERROR: <input>:1:7: undeclared reference to 'Object'")]
    [InlineData(""" "variables": [ { "name": "1x", "expression": "1" } ] """, "variables[0].name: Invalid value: \"1x\": name is not a valid CEL identifier")]
    [InlineData(""" "paramKind": { "apiVersion": "v1" } """, "paramKind.kind: Required value")]
    [InlineData(""" "reinvocationPolicy": "IfNeeded" """, "")]
    public void Other_fields_are_held_to_what_there_is(string more, string fault) => IsFault(_policies.CreateFaults(Policy(more)), fault);

    [Theory]
    [InlineData(""" "policyName": "" """, "policyName: Required value")]
    [InlineData(""" "paramRef": { "name": "a" } """, "paramRef.parameterNotFoundAction: Required value")]
    [InlineData($$""" "matchResources": { "resourceRules": [ {{Deletes}} ] } """, $"matchResources.resourceRules.operations: {NoDeletes}")]
    [InlineData($$""" "matchResources": { "resourceRules": [ {{Rule}} ] } """, "")]
    [InlineData(""" "paramRef": { "selector": { }, "parameterNotFoundAction": "Deny" } """, "")]
    public void Binding_is_held_to_what_there_is_and_has_no_actions(string more, string fault) => IsFault(_bindings.CreateFaults(PolicyConfigurationTests.Spec("""{ "policyName": "p" }""", more)), fault);

    [Fact]
    public void Policy_has_the_defaults_of_kubernetes()
    {
        var spec = _policies.Created(Policy(""))["spec"]!.AsObject();
        Assert.Equal("Fail", (string?)spec["failurePolicy"]);
        Assert.Equal("""{"resourceRules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"scope":"*"}],"matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{}}""", spec["matchConstraints"]!.ToJsonString());
    }

    private static void IsFault(string[] faults, string expected)
    {
        if (expected.Length == 0) Assert.Empty(faults);
        else Assert.StartsWith($"spec.{expected}", Assert.Single(faults), StringComparison.Ordinal);
    }

    private static string Policy(string more) => PolicyConfigurationTests.Spec($$"""{ "matchConstraints": { "resourceRules": [ {{Rule}} ] }, "reinvocationPolicy": "Never", "mutations": [ { "patchType": "JSONPatch", "jsonPatch": { "expression": "[JSONPatch{op: 'remove', path: '/a'}]" } } ] }""", more);
}
