using System.Text.Json.Nodes;
using Tests.Unit.Strategies;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What policies and their bindings must look like.</summary>
public sealed class PolicyConfigurationTests
{
    private const string Rule = """{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""";
    private readonly KindCase _policies = new("admissionregistration.k8s.io", "validatingadmissionpolicies");
    private readonly KindCase _bindings = new("admissionregistration.k8s.io", "validatingadmissionpolicybindings");

    [Theory]
    [InlineData("""{ "expression": "object.x ==" }""", "expression: Invalid value: \"object.x ==\": compilation failed: ERROR: <input>:1:12: Syntax error: ")]
    [InlineData("""{ "expression": "nonsense == 1" }""", "expression: Invalid value: \"nonsense == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nonsense' (in container '')")]
    [InlineData("""{ "expression": "params.x == 1" }""", "expression: Invalid value: \"params.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')")]
    [InlineData("""{ "expression": "variables.y == 1" }""", "expression: Invalid value: \"variables.y == 1\": compilation failed: ERROR: <input>:1:10: undefined field 'y'")]
    [InlineData("""{ "expression": "request.nope == 1" }""", "expression: Invalid value: \"request.nope == 1\": compilation failed: ERROR: <input>:1:8: undefined field 'nope'")]
    [InlineData("""{ "expression": "1" }""", "expression: Invalid value: \"1\": must evaluate to bool but got int")]
    [InlineData("""{ "expression": "object.x" }""", "expression: Invalid value: \"object.x\": must evaluate to bool but got dyn")]
    [InlineData("""{ "expression": " " }""", "expression: Required value: expression is not specified")]
    [InlineData("""{ "expression": "true", "messageExpression": "1" }""", "messageExpression: Invalid value: \"1\": must evaluate to string but got int")]
    [InlineData("""{ "expression": "true", "messageExpression": "authorizer.path('/x').check('get').reason()" }""", "messageExpression: Invalid value: \"authorizer.path('/x').check('get').reason()\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer'")]
    [InlineData("""{ "expression": "true", "messageExpression": " " }""", "messageExpression: Invalid value: \" \": must be non-empty if specified")]
    [InlineData("""{ "expression": "true", "message": " " }""", "message: Invalid value: \" \": message must be non-empty if specified")]
    [InlineData("""{ "expression": "true", "message": "a\nb" }""", "message: Invalid value: \"a\\nb\": message must not contain line breaks")]
    [InlineData("""{ "expression": "true", "reason": "NotFound" }""", "reason: Unsupported value: \"NotFound\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\", \"Unauthorized\"")]
    [InlineData("""{ "expression": "variables.x == 1 && request.dryRun", "message": "m", "messageExpression": "'m' + string(variables.x)", "reason": "Forbidden" }""", "")]
    public void Validation_is_refused_with_the_place_of_its_fault(string validation, string fault) =>
        IsFault(_policies.CreateFaults(Policy(""" "variables": [ { "name": "x", "expression": "1" } ] """, validation)), fault.Length == 0 ? "" : $"spec.validations[0].{fault}");

    [Theory]
    [InlineData(""" "failurePolicy": "Odd" """, "failurePolicy: Unsupported value: \"Odd\": supported values: \"Fail\", \"Ignore\"")]
    [InlineData(""" "validations": [] """, "validations: Required value: validations or auditAnnotations must contain at least one item")]
    [InlineData(""" "validations": [], "auditAnnotations": [ { "key": "k", "valueExpression": "'v'" } ] """, "")]
    [InlineData(""" "auditAnnotations": [ { "key": "", "valueExpression": "'v'" } ] """, "auditAnnotations[0].key: Required value")]
    [InlineData(""" "auditAnnotations": [ { "key": "a/b", "valueExpression": "'v'" } ] """, "auditAnnotations[0].key: Invalid value: \"a/b\": ")]
    [InlineData(""" "auditAnnotations": [ { "key": "k", "valueExpression": "'v'" }, { "key": "k", "valueExpression": "'v'" } ] """, "auditAnnotations[1].key: Duplicate value: \"k\"")]
    [InlineData(""" "auditAnnotations": [ { "key": "k", "valueExpression": " " } ] """, "auditAnnotations[0].valueExpression: Required value: valueExpression is not specified")]
    [InlineData(""" "auditAnnotations": [ { "key": "k", "valueExpression": "1" } ] """, "auditAnnotations[0].valueExpression: Invalid value: \"1\": must evaluate to one of [string null] but got int")]
    [InlineData(""" "auditAnnotations": [ { "key": "k", "valueExpression": "object.data.k" } ] """, "auditAnnotations[0].valueExpression: Invalid value: \"object.data.k\": must evaluate to one of [string null] but got dyn")]
    [InlineData(""" "auditAnnotations": [ { "key": "k", "valueExpression": "'" } ] """, "auditAnnotations[0].valueExpression: Invalid value: \"'\": compilation failed: ")]
    [InlineData(""" "matchConstraints": null """, "matchConstraints: Required value")]
    [InlineData(""" "matchConstraints": { } """, "matchConstraints.resourceRules: Required value")]
    [InlineData(""" "matchConstraints": { "resourceRules": [ { "operations": ["PATCH"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] } ] } """, "matchConstraints.resourceRules[0].operations[0]: Unsupported value: \"PATCH\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"")]
    [InlineData(""" "matchConstraints": { "resourceRules": [ { "operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "resourceNames": ["a", "a"] } ] } """, "matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: \"a\"")]
    [InlineData(""" "matchConstraints": { "resourceRules": [ { "operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] } ], "excludeResourceRules": [ { "operations": ["*"], "apiGroups": [], "apiVersions": ["v1"], "resources": ["pods"] } ] } """, "matchConstraints.excludeResourceRules[0].apiGroups: Required value")]
    [InlineData(""" "matchConstraints": { "matchPolicy": "Odd", "resourceRules": [ { "operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] } ] } """, "matchConstraints.matchPolicy: Unsupported value: \"Odd\": supported values: \"Equivalent\", \"Exact\"")]
    [InlineData(""" "matchConstraints": { "namespaceSelector": { "matchExpressions": [ { "key": "a", "operator": "Odd" } ] }, "resourceRules": [ { "operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] } ] } """, "matchConstraints.namespaceSelector.matchExpressions[0].operator: Invalid value: \"Odd\": not a valid selector operator")]
    [InlineData(""" "matchConditions": [ { "name": "c", "expression": "1" } ] """, "matchConditions[0].expression: Invalid value: \"1\": must evaluate to bool but got int")]
    [InlineData(""" "matchConditions": [ { "name": "c", "expression": "true" }, { "name": "c", "expression": "true" } ] """, "matchConditions[1].name: Duplicate value: \"c\"")]
    [InlineData(""" "matchConditions": [ { "name": "c", "expression": "variables.x == 1" } ], "variables": [ { "name": "x", "expression": "1" } ] """, "matchConditions[0].expression: Invalid value: \"variables.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables'")]
    [InlineData(""" "variables": [ { "name": "1x", "expression": "1" } ] """, "variables[0].name: Invalid value: \"1x\": name is not a valid CEL identifier")]
    [InlineData(""" "variables": [ { "name": "namespace", "expression": "1" } ] """, "variables[0].name: Invalid value: \"namespace\": name is not a valid CEL identifier")]
    [InlineData(""" "variables": [ { "name": "", "expression": "1" } ] """, "variables[0].name: Required value: name is not specified")]
    [InlineData(""" "variables": [ { "name": "x", "expression": "1" }, { "name": "x", "expression": "2" } ] """, "variables[1].name: Duplicate value: \"x\"")]
    [InlineData(""" "variables": [ { "name": "x", "expression": "" } ] """, "variables[0].expression: Required value: expression is not specified")]
    [InlineData(""" "variables": [ { "name": "x", "expression": "variables.y" }, { "name": "y", "expression": "1" } ] """, "variables[0].expression: Invalid value: \"variables.y\": compilation failed: ERROR: <input>:1:10: undefined field 'y'")]
    [InlineData(""" "paramKind": { "kind": "ConfigMap" } """, "paramKind.apiVersion: Required value")]
    [InlineData(""" "paramKind": { "apiVersion": "v1" } """, "paramKind.kind: Required value")]
    [InlineData(""" "paramKind": { "apiVersion": "a/b/c", "kind": "K" } """, "paramKind.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c")]
    [InlineData(""" "paramKind": { "apiVersion": "group/", "kind": "K" } """, "paramKind.apiVersion: Invalid value: \"group/\": version must be specified")]
    [InlineData(""" "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" }, "matchConditions": [ { "name": "c", "expression": "params.x == 1" } ] """, "")]
    public void Other_fields_are_held_to_what_there_is(string more, string fault) => IsFault(_policies.CreateFaults(Policy(more)), fault.Length == 0 ? "" : $"spec.{fault}");

    [Fact]
    public void Policy_has_the_defaults_of_kubernetes()
    {
        var spec = _policies.Created(Policy())["spec"]!.AsObject();
        Assert.Equal("Fail", (string?)spec["failurePolicy"]);
        Assert.Equal("""{"resourceRules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"scope":"*"}],"matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{}}""", spec["matchConstraints"]!.ToJsonString());
        Assert.Equal("""{"matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{}}""", _bindings.Created(Binding(""" "matchResources": { } """))["spec"]!["matchResources"]!.ToJsonString());
    }

    [Theory]
    [InlineData(""" "policyName": "" """, "policyName: Required value")]
    [InlineData(""" "policyName": "A" """, "policyName: Invalid value: \"A\": ")]
    [InlineData(""" "validationActions": [] """, "validationActions: Required value: at least one validation action is required")]
    [InlineData(""" "validationActions": ["Deny", "Deny"] """, "validationActions[1]: Duplicate value: \"Deny\"")]
    [InlineData(""" "validationActions": ["Deny", "Stop"] """, "validationActions[1]: Unsupported value: \"Stop\": supported values: \"Audit\", \"Deny\", \"Warn\"")]
    [InlineData(""" "validationActions": ["Deny", "Warn"] """, "validationActions: Invalid value: [\"Deny\",\"Warn\"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)")]
    [InlineData(""" "validationActions": ["Audit"] """, "")]
    [InlineData(""" "validationActions": ["Warn", "Audit"] """, "")]
    [InlineData(""" "validationActions": ["Deny", "Audit"] """, "")]
    [InlineData(""" "paramRef": { "parameterNotFoundAction": "Deny" } """, "paramRef: Required value: one of name or selector must be specified")]
    [InlineData(""" "paramRef": { "name": "a" } """, "paramRef.parameterNotFoundAction: Required value")]
    [InlineData(""" "paramRef": { "name": "a", "parameterNotFoundAction": "Odd" } """, "paramRef.parameterNotFoundAction: Unsupported value: \"Odd\": supported values: \"Allow\", \"Deny\"")]
    [InlineData(""" "paramRef": { "name": "a/b", "parameterNotFoundAction": "Deny" } """, "paramRef.name: Invalid value: \"a/b\": ")]
    [InlineData(""" "paramRef": { "selector": { }, "parameterNotFoundAction": "Deny" } """, "")]
    [InlineData(""" "matchResources": { "resourceRules": [ { "operations": [], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] } ] } """, "matchResources.resourceRules[0].operations: Required value")]
    public void Binding_is_held_to_what_there_is(string more, string fault) => IsFault(_bindings.CreateFaults(Binding(more)), fault.Length == 0 ? "" : $"spec.{fault}");

    [Fact]
    public void Parameters_have_a_name_or_a_selector_but_not_both() =>
        Assert.Equal(
            ["spec.paramRef.name: Forbidden: name and selector are mutually exclusive", "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive"],
            _bindings.CreateFaults(Binding(""" "paramRef": { "name": "a", "selector": { }, "parameterNotFoundAction": "Deny" } """)));

    private static void IsFault(string[] faults, string expected)
    {
        if (expected.Length == 0) Assert.Empty(faults);
        else Assert.StartsWith(expected, Assert.Single(faults), StringComparison.Ordinal);
    }

    private static string Policy(string more = "", string validation = """{ "expression": "true" }""") => Spec($$"""{ "matchConstraints": { "resourceRules": [ {{Rule}} ] }, "validations": [ {{validation}} ] }""", more);

    private static string Binding(string more) => Spec("""{ "policyName": "p", "validationActions": ["Deny"] }""", more);

    /// <summary>An object with a spec. What is given again replaces what stands before.</summary>
    internal static string Spec(string json, string more)
    {
        var spec = JsonNode.Parse(json)!.AsObject();
        foreach (var (member, value) in JsonNode.Parse($"{{ {more} }}")!.AsObject())
        {
            if (value is null) spec.Remove(member);
            else spec[member] = value.DeepClone();
        }
        return new JsonObject { ["spec"] = spec }.ToJsonString();
    }
}
