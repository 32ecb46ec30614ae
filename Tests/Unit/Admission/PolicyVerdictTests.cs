using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What policies say of writes, and in which words.</summary>
public sealed class PolicyVerdictTests
{
    private const string Map = """{ "data": { "size": "7", "name": "x" }, "metadata": { "labels": { "app": "web" } } }""";
    private static readonly Requester Bob = new("bob", "kubectl", ["devs"]);

    [Theory]
    [InlineData("object.data.size == '7'", true)]
    [InlineData("oldObject == null", true)]
    [InlineData("oldObject != null", false)]
    [InlineData("object.kind == 'ConfigMap' && object.apiVersion == 'v1'", true)]
    [InlineData("request.operation == 'CREATE' && request.name == 'm' && request.namespace == 'default' && !request.dryRun", true)]
    [InlineData("!request.dryRun", true)]
    [InlineData("request.userInfo.username == 'alice' && 'devs' in request.userInfo.groups", true)]
    [InlineData("request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap' && request.requestKind.version == 'v1'", true)]
    [InlineData("request.options.fieldManager == 'kubectl'", true)]
    [InlineData("has(request.subResource)", false)]
    [InlineData("namespaceObject.metadata.labels['team'] == 'blue' && namespaceObject.metadata.name == 'default'", true)]
    [InlineData("object.metadata.?labels['tier'].orValue('none') == 'none'", true)]
    [InlineData("authorizer.group('').resource('pods').namespace('default').check('create').allowed()", true)]
    [InlineData("authorizer.requestResource.check('approve').reason() == 'because'", true)]
    [InlineData("authorizer.path('/healthz').check('get').allowed()", true)]
    [InlineData("authorizer.serviceAccount('default', 'a').group('').resource('configmaps').namespace('default').check('get').allowed()", true)]
    [InlineData("authorizer.serviceAccount('default', 'a').group('').resource('configmaps').namespace('other').check('get').allowed()", false)]
    public async Task Expression_sees_the_write(string expression, bool admitted) =>
        Assert.Equal(admitted ? "" : PolicyWorld.Denied($"failed expression: {expression}"), await PolicyWorld.With(expression).Create("configmaps", "m", Map));

    [Fact]
    public async Task Another_user_is_asked_about_as_who_he_is()
    {
        var world = PolicyWorld.With("authorizer.requestResource.check('approve').allowed()");
        Assert.Equal("", await world.Create("configmaps", "n"));
        Assert.NotEqual("", await world.Create("configmaps", "m", by: Bob));
    }

    [Fact]
    public async Task Change_is_seen_with_what_was_and_a_deletion_without_what_will_be()
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "oldObject == null || (object == null ? oldObject.data.held != 'yes' : object.data.size == oldObject.data.size)" }]""", rule: PolicyWorld.Anything).Bind("b", "p");
        Assert.Equal("", await world.Create("configmaps", "m", """{ "data": { "size": "1", "held": "yes" } }"""));
        Assert.Equal("", await world.Merge("configmaps", "m", """{ "data": { "other": "2" } }"""));
        Assert.NotEqual("", await world.Merge("configmaps", "m", """{ "data": { "size": "2" } }"""));
        Assert.NotEqual("", await world.Delete("configmaps", "m"));
        Assert.Equal("", await world.Merge("configmaps", "m", """{ "data": { "held": "no" } }"""));
        Assert.Equal("", await world.Delete("configmaps", "m"));
    }

    [Theory]
    [InlineData("", "422 Invalid", "failed expression: 1 > 2")]
    [InlineData(""", "message": " too small " """, "422 Invalid", "too small")]
    [InlineData(""", "reason": "Forbidden" """, "403 Forbidden", "failed expression: 1 > 2")]
    [InlineData(""", "reason": "Unauthorized" """, "401 Unauthorized", "failed expression: 1 > 2")]
    [InlineData(""", "reason": "RequestEntityTooLarge" """, "413 RequestEntityTooLarge", "failed expression: 1 > 2")]
    [InlineData(""", "message": "plain", "messageExpression": "'size ' + object.data.size" """, "422 Invalid", "size 7")]
    [InlineData(""", "messageExpression": "request.name + ' in ' + namespaceObject.metadata.name" """, "422 Invalid", "m in default")]
    [InlineData(""", "message": "plain", "messageExpression": "string(object.data.missing)" """, "422 Invalid", "plain")]
    [InlineData(""", "message": "plain", "messageExpression": "'  '" """, "422 Invalid", "plain")]
    [InlineData(""", "messageExpression": "'a\\nb'" """, "422 Invalid", "failed expression: 1 > 2")]
    public async Task Refusal_has_the_words_and_the_code_of_the_validation(string validation, string status, string message) =>
        Assert.Equal(PolicyWorld.Denied(message, status), await PolicyWorld.With(" 1 > 2 ", validation: validation).Create("configmaps", "m", Map));

    [Theory]
    [InlineData("object.data.missing == 'x'", "Fail", "expression 'object.data.missing == 'x'' resulted in error: no such key: missing")]
    [InlineData("object.data.missing == 'x'", "Ignore", "")]
    [InlineData("object.data.size == '8'", "Ignore", "failed expression: object.data.size == '8'")]
    [InlineData("object.data.missing == 'x' || true", "Fail", "")]
    public async Task Policy_that_can_not_say_refuses_or_is_passed_over(string expression, string policy, string message) =>
        Assert.Equal(message.Length == 0 ? "" : PolicyWorld.Denied(message), await PolicyWorld.With(expression, $$""", "failurePolicy": "{{policy}}" """).Create("configmaps", "m", Map));

    [Theory]
    [InlineData("""["Deny"]""", true, 0)]
    [InlineData("""["Deny", "Audit"]""", true, 0)]
    [InlineData("""["Warn"]""", false, 2)]
    public async Task Failure_is_refused_or_warned_of(string actions, bool refused, int warnings)
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "false", "message": "no" }, { "expression": "true" }, { "expression": "object.x == 1" }]""").Bind("b", "p", $$""" "validationActions": {{actions}} """);
        Assert.Equal(refused ? PolicyWorld.Denied("no") : "", await world.Create("configmaps", "m"));
        Assert.Equal(
            new[] { "no", "expression 'object.x == 1' resulted in error: no such key: x" }.Take(warnings).Select(message => $"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': {message}"), world.Warnings);
    }

    [Theory]
    [InlineData("""[{ "name": "a", "expression": "object.data.size == '7'" }]""", "Fail", "no")]
    [InlineData("""[{ "name": "a", "expression": "object.data.size == '8'" }]""", "Fail", "")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }, { "name": "b", "expression": "false" }]""", "Fail", "")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }]""", "Fail", "expression 'object.x == 1' resulted in error: no such key: x")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }, { "name": "b", "expression": "object.y == 1" }]""", "Fail", "[expression 'object.x == 1' resulted in error: no such key: x, expression 'object.y == 1' resulted in error: no such key: y]")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }]""", "Ignore", "")]
    [InlineData("""[{ "name": "a", "expression": "authorizer.requestResource.check('break').allowed()" }]""", "Fail", "no")]
    public async Task Match_conditions_say_whether_the_policy_is_about_the_write(string conditions, string policy, string message)
    {
        var world = PolicyWorld.With("false", $$""", "failurePolicy": "{{policy}}", "matchConditions": {{conditions}} """, """, "message": "no" """);
        Assert.Equal(message.Length == 0 ? "" : PolicyWorld.Denied(message), await world.Create("configmaps", "m", Map));
    }

    [Theory]
    [InlineData("variables.size == 7 && variables.twice == 14", "")]
    [InlineData("variables.twice < 14", "failed expression: variables.twice < 14")]
    [InlineData("variables.broken == 1", "expression 'variables.broken == 1' resulted in error: composited variable \"broken\" fails to evaluate: no such key: missing")]
    [InlineData("variables.broken == 1 || variables.size == 7", "")]
    [InlineData("true", "")]
    public async Task Variables_are_found_when_they_are_used(string expression, string message)
    {
        var world = PolicyWorld.With(expression, """, "variables": [{ "name": "broken", "expression": "object.data.missing" }, { "name": "size", "expression": "int(object.data.size)" }, { "name": "twice", "expression": "variables.size * 2" }]""");
        Assert.Equal(message.Length == 0 ? "" : PolicyWorld.Denied(message), await world.Create("configmaps", "m", Map));
    }

    [Fact]
    public async Task First_policy_that_refuses_speaks_and_all_that_warn_are_heard()
    {
        var world = new PolicyWorld();
        foreach (var name in (string[])["a", "b", "c"]) world.Policy(name, $$"""[{ "expression": "!('{{name}}' in object.data)", "message": "no {{name}}" }]""");
        world.Bind("b1", "b").Bind("c1", "c").Bind("a1", "a", """ "validationActions": ["Warn"] """).Bind("a2", "a", """ "validationActions": ["Warn"] """);
        Assert.EndsWith("ValidatingAdmissionPolicy 'b' with binding 'b1' denied request: no b", await world.Create("configmaps", "m", """{ "data": { "a": "", "b": "", "c": "" } }"""), StringComparison.Ordinal);
        Assert.Equal(2, world.Warnings.Count);
        Assert.Equal("", await world.Create("configmaps", "m", """{ "data": { "a": "" } }"""));
        Assert.Equal(["Validation failed for ValidatingAdmissionPolicy 'a' with binding 'a1': no a", "Validation failed for ValidatingAdmissionPolicy 'a' with binding 'a2': no a"], world.Warnings);
    }

    [Theory]
    [InlineData("""["Audit"]""", false)]
    [InlineData("""["Warn", "Audit"]""", false)]
    [InlineData("""["Deny", "Audit"]""", true)]
    public async Task Failures_are_in_the_audit_log_in_kubernetes_form(string actions, bool refused)
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "true" }, { "expression": "false", "message": "no" }, { "expression": "object.x == 1" }]""").Bind("b", "p", $$""" "validationActions": {{actions}} """);
        Assert.Equal(refused ? PolicyWorld.Denied("no") : "", await world.Create("configmaps", "m"));
        var written = JsonNode.Parse(Assert.Single(world.Annotations, annotation => annotation.Key == "validation.policy.admission.k8s.io/validation_failure").Value)!.AsArray();
        Assert.Equal(["1 no", "2 expression 'object.x == 1' resulted in error: no such key: x"], written.Select(failure => $"{failure!["expressionIndex"]} {failure["message"]}"));
        Assert.Equal(("p", "b", actions.Replace(" ", "", StringComparison.Ordinal)), ((string?)written[0]!["policy"], (string?)written[0]!["binding"], written[0]!["validationActions"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("'size ' + object.data.size", "Fail", "size 7", "")]
    [InlineData("null", "Fail", "", "")]
    [InlineData("'  '", "Fail", "", "")]
    [InlineData("variables.v + ' by ' + request.userInfo.username", "Fail", "v by jane", "")]
    [InlineData("string(object.data.missing)", "Fail", "", "expression 'string(object.data.missing)' resulted in error: no such key: missing")]
    [InlineData("string(object.data.missing)", "Ignore", "", "")]
    public async Task Annotations_say_what_their_expressions_come_to(string expression, string policy, string value, string refusal)
    {
        var world = new PolicyWorld().Policy("p", "[]", $$""", "failurePolicy": "{{policy}}", "variables": [{ "name": "v", "expression": "'v'" }], "auditAnnotations": [{ "key": "seen", "valueExpression": "{{expression}}" }]""").Bind("b", "p");
        Assert.Equal(refusal.Length == 0 ? "" : PolicyWorld.Denied(refusal), await world.Create("configmaps", "m", Map, new("jane", "tests", [])));
        Assert.Equal(value, world.Annotations.GetValueOrDefault("p/seen", ""));
    }

    [Fact]
    public async Task Values_of_one_annotation_stand_together_and_are_told_of_a_refusal_too()
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "params.metadata.name != 'b'", "message": "no" }]""", """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" }, "auditAnnotations": [{ "key": "by", "valueExpression": "string(params.data.who)" }]""")
            .Bind("b", "p", """ "validationActions": ["Deny"], "paramRef": { "selector": { }, "parameterNotFoundAction": "Deny" } """);
        foreach (var (name, who) in ((string, string)[])[("a", "ann"), ("b", "bob"), ("c", "ann")]) world.Put("configmaps", name, $$"""{ "data": { "who": "{{who}}" } }""");
        Assert.Equal(PolicyWorld.Denied("no"), await world.Create("configmaps", "m"));
        Assert.Equal("ann, bob", world.Annotations["p/by"]);
    }

    [Fact]
    public async Task Warnings_of_one_write_are_bounded()
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "false", "messageExpression": "'no ' + params.metadata.name" }]""", """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" } """).Bind("b", "p", """ "validationActions": ["Warn"], "paramRef": { "selector": { }, "parameterNotFoundAction": "Deny" } """);
        for (var i = 0; i < 100; i++) world.Put("configmaps", $"n{i}", "{}");
        Assert.Equal("", await world.Create("configmaps", "m"));
        Assert.Equal(64, world.Warnings.Count);
    }

    [Theory]
    [InlineData("Fail", "validation failed due to running out of cost budget, no further validation rules will be run")]
    [InlineData("Ignore", "")]
    public async Task Policies_of_one_write_have_one_budget(string policy, string message)
    {
        var items = string.Join(',', Enumerable.Range(0, 200).Select(i => i));
        var heavy = $"[{items}].all(a, [{items}].all(b, [{items}].all(c, a + b + c >= 0)))";
        var validations = string.Join(',', Enumerable.Repeat($$"""{ "expression": "{{heavy}} || true" }""", 15));
        var world = new PolicyWorld().Policy("p", $"[{validations}]", $$""", "failurePolicy": "{{policy}}" """).Bind("b", "p");
        Assert.Equal(message.Length == 0 ? "" : PolicyWorld.Denied(message), await world.Create("configmaps", "m"));
    }

    // What every write of a cluster without policies pays: to find out that there are none.
    [Fact]
    public void Without_bindings_a_write_costs_next_to_nothing()
    {
        const int Writes = 1000;
        var world = new PolicyWorld().Policy("p", """[{ "expression": "false" }]""");
        var key = WebhookWorld.Key("configmaps", "m");
        var tree = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "m" } };
        var write = new PendingWrite(TestCatalogue.Default.FindStored(key.GroupResource)!, null, new CreateObject(key, tree, WebhookWorld.User), WriteOperation.Create, tree, world.Store.Now) { Verb = "create" };
        Assert.False(world.Step.AppliesTo(write));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Writes; i++) world.Step.AppliesTo(write);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Writes, 0, 256);
        Assert.Equal(AdmissionPhase.Validating, world.Step.Phase);
    }
}
