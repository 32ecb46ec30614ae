using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>What admission policies ask: objects without a schema, authorizers, variables, and objects they make.</summary>
public sealed class PolicyTests
{
    [Theory]
    [InlineData("object.spec.replicas <= params.most", true)]
    [InlineData("oldObject == null && request.operation == 'CREATE'", true)]
    [InlineData("object.metadata.?labels['app'].orValue('none') == 'none'", true)]
    [InlineData("object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example/'))", true)]
    [InlineData("has(object.metadata.annotations) && object.metadata.annotations['x'] == 'y'", false)]
    [InlineData("object.spec.missing == 1 || object.spec.replicas == 3", true)]
    [InlineData("!('a' in object.spec) && 'replicas' in object.spec", true)]
    public void A_policy_reads_objects_of_any_kind(string expression, bool expected)
    {
        var result = Rule.RunDyn(
            expression,
            ("object", """{"metadata":{"name":"web"},"spec":{"replicas":3,"template":{"spec":{"containers":[{"image":"registry.example/a"}]}}}}"""),
            ("oldObject", "null"),
            ("request", """{"operation":"CREATE"}"""),
            ("params", """{"most":5}"""));
        Assert.Null(result.Error);
        Assert.Equal(expected, result.IsTrue);
    }

    [Theory]
    [InlineData("authorizer.path('/healthz').check('get').allowed()", "get /healthz")]
    [InlineData("authorizer.group('').resource('pods').namespace('default').check('create').allowed()", "create /pods//default/")]
    [InlineData("authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('web').check('update').allowed()", "update apps/deployments/scale/n/web")]
    [InlineData("authorizer.serviceAccount('ns', 'sa').path('/x').check('get').reason() == 'because'", "get /x as system:serviceaccount:ns:sa")]
    [InlineData("authorizer.requestResource.check('custom').errored() == false", "custom apps/deployments//default/web")]
    public void A_policy_asks_what_a_user_may_do(string expression, string asked)
    {
        var authorizer = new Recorder();
        var environment = CelEnvironment.Kubernetes.With("authorizer", CelType.Authorizer).With("authorizer.requestResource", CelType.ResourceCheck);
        var result = Rule.Run(environment, expression, new()
        {
            ["authorizer"] = CelValue.Of(authorizer),
            ["authorizer.requestResource"] = CelValue.Of(authorizer, CelAuthorizationCheck.Nothing with { Group = "apps", Resource = "deployments", Namespace = "default", Name = "web" }),
        });
        Assert.True(result.IsTrue, result.Error);
        Assert.Equal(asked, Assert.Single(authorizer.Asked));
    }

    [Fact]
    public void Variables_are_found_when_they_are_asked_for_and_once()
    {
        var found = new List<string>();
        var type = CelType.Object("variables", name => name is "a" or "b" ? new(name, CelType.Int) : null);
        var environment = CelEnvironment.Kubernetes.With("variables", type);
        var variables = CelValue.Lazily(type, name =>
        {
            found.Add(name);
            return CelValue.Of(21L);
        });
        Assert.True(Rule.Run(environment, "variables.a + variables.a == 42", new() { ["variables"] = variables }).IsTrue);
        Assert.Equal(["a"], found);
        Assert.Equal("undefined field 'c'", Assert.Single(environment.Compile("variables.c == 1").Errors).Message);
    }

    [Theory]
    [InlineData("Object{spec: Object.spec{replicas: object.spec.replicas + 1}}", """{"spec":{"replicas":4}}""")]
    [InlineData("Object{metadata: Object.metadata{labels: {'a': 'b'}}, ?data: optional.none()}", """{"metadata":{"labels":{"a":"b"}}}""")]
    [InlineData("[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('b/c~d'), value: [1]}]", """[{"op":"add","path":"/a/b~1c~0d","value":[1]}]""")]
    [InlineData("Object{copy: object.spec}", """{"copy":{"replicas":3}}""")]
    public void A_policy_makes_objects(string expression, string json)
    {
        var environment = CelEnvironment.Kubernetes.WithMessages(MutationMessages.Instance).With("object", CelType.Dyn);
        var result = Rule.Run(environment, expression, new() { ["object"] = CelValue.Of(JsonNode.Parse("""{"spec":{"replicas":3}}"""), CelType.Dyn) });
        Assert.Null(result.Error);
        Assert.True(result.Value.TryToJson(out var made));
        Assert.Equal(json, made!.ToJsonString());
    }

    [Fact]
    public void A_message_takes_its_own_fields()
    {
        var environment = CelEnvironment.Kubernetes.WithMessages(MutationMessages.Instance);
        Assert.Equal("undefined field 'what'", Assert.Single(environment.Compile("JSONPatch{what: 1}").Errors).Message);
        Assert.Equal("expected type of field 'op' is 'string' but provided type is 'int'", Assert.Single(environment.Compile("JSONPatch{op: 1}").Errors).Message);
        Assert.Equal("undeclared reference to 'Thing' (in container '')", Assert.Single(environment.Compile("Thing{}").Errors).Message);
    }

    [Theory]
    [InlineData("duration('90m')", "\"5400s\"")]
    [InlineData("timestamp('2024-01-01T00:00:00.5Z')", "\"2024-01-01T00:00:00.500Z\"")]
    [InlineData("b'hi'", "\"aGk=\"")]
    [InlineData("{1: [null, true, 1.5, 2u]}", """{"1":[null,true,1.5,2]}""")]
    public void Values_become_JSON(string expression, string json)
    {
        var environment = CelEnvironment.Plain;
        Assert.True(Rule.Run(environment, expression, new()).Value.TryToJson(out var made));
        Assert.Equal(json.Replace(".500Z", ".5Z", StringComparison.Ordinal), made!.ToJsonString());
    }

    [Theory]
    [InlineData("Object{spec: Object.spec{a: [Object.spec.a{b: {'k': Object.spec.a.b{}}}]}, ?c: optional.none()}", null)]
    [InlineData("Object{copy: self}", null)]
    [InlineData("Object{spec: Object.spac{}}", "Object.spac for Object.spec")]
    [InlineData("Object{spec: Object{}}", "Object for Object.spec")]
    [InlineData("Object{list: [Object.other{x: Object.list.y{}}]}", "Object.other for Object.list, Object.list.y for Object.list.x")]
    [InlineData("Object{map: {'k': Object.k{}}}", "Object.k for Object.map")]
    [InlineData("[JSONPatch{op: 'add', path: '/a', value: Object.a{b: Object.a.b{}}}, JSONPatch{op: 'remove', path: '/a'}]", null)]
    [InlineData("[JSONPatch{op: 'add', path: '/a', value: Object.a{b: Object.b{}}}]", "Object.b for Object.a.b")]
    public void Messages_have_the_names_of_their_places(string expression, string? misnamed)
    {
        var environment = CelEnvironment.Kubernetes.With("self", CelType.Dyn).WithMessages(MutationMessages.Instance);
        var value = Rule.Run(environment, expression, new() { ["self"] = CelValue.Of(JsonNode.Parse("""{ "a": [ { } ] }"""), CelType.Dyn) }).Value;
        Assert.Equal(
            misnamed is null ? null : string.Join('\n', misnamed.Split(", ").Select(one => one.Split(" for ")).Select(one => $"unexpected type name \"{one[0]}\", expected \"{one[1]}\", which matches field name path from root Object type")),
            MutationMessages.Misnamed(value));
    }

    private sealed class Recorder : ICelAuthorizer
    {
        public List<string> Asked { get; } = [];

        public CelAuthorizationDecision Check(CelAuthorizationCheck check)
        {
            var what = check.Path ?? $"{check.Group}/{check.Resource}/{check.Subresource}/{check.Namespace}/{check.Name}";
            Asked.Add($"{check.Verb} {what}{(check.User is null ? "" : $" as {check.User}")}");
            return new(true, "because");
        }
    }
}
