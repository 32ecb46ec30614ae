using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Where the parameters of policies come from.</summary>
public sealed class PolicyParamTests
{
    private const string OfMaps = """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" } """;
    private const string OfClasses = """, "paramKind": { "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass" } """;
    private const string NoParams = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";

    [Theory]
    [InlineData("""{ "name": "limits", "parameterNotFoundAction": "Deny" }""", "too large for default/limits")]
    [InlineData("""{ "name": "limits", "namespace": "other", "parameterNotFoundAction": "Deny" }""", "")]
    [InlineData("""{ "name": "none", "parameterNotFoundAction": "Deny" }""", NoParams)]
    [InlineData("""{ "name": "none", "parameterNotFoundAction": "Allow" }""", "")]
    [InlineData("""{ "name": "limits", "namespace": "nowhere", "parameterNotFoundAction": "Allow" }""", "")]
    [InlineData("""{ "selector": { "matchLabels": { "use": "limits" } }, "parameterNotFoundAction": "Deny" }""", "too large for default/limits")]
    [InlineData("""{ "selector": { "matchLabels": { "use": "more" } }, "parameterNotFoundAction": "Deny" }""", "too large for default/second")]
    [InlineData("""{ "selector": { "matchLabels": { "use": "nothing" } }, "parameterNotFoundAction": "Deny" }""", NoParams)]
    [InlineData("""{ "selector": { "matchLabels": { "use": "nothing" } }, "parameterNotFoundAction": "Allow" }""", "")]
    [InlineData("""{ "selector": { }, "namespace": "other", "parameterNotFoundAction": "Deny" }""", "")]
    public async Task Every_parameter_that_is_meant_is_kept(string reference, string message)
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "int(object.data.size) <= int(params.data.most)", "messageExpression": "'too large for ' + params.metadata.namespace + '/' + params.metadata.name" }]""", OfMaps);
        world.Bind("b", "p", $$""" "validationActions": ["Deny"], "paramRef": {{reference}} """);
        world.Put("namespaces", "other", "{}");
        world.Put("configmaps", "limits", """{ "data": { "most": "5" }, "metadata": { "labels": { "use": "limits" } } }""");
        world.Put("configmaps", "first", """{ "data": { "most": "9" }, "metadata": { "labels": { "use": "more" } } }""");
        world.Put("configmaps", "second", """{ "data": { "most": "6" }, "metadata": { "labels": { "use": "more" } } }""");
        world.Put("configmaps", "limits", """{ "data": { "most": "8" } }""", "other");
        Assert.Equal(message.Length == 0 ? "" : PolicyWorld.Denied(message), await world.Create("configmaps", "m", """{ "data": { "size": "7" } }"""));
    }

    [Fact]
    public async Task Changed_parameter_counts_at_once()
    {
        var world = PolicyWorld.With("object.data.size == params.data.size", OfMaps, binding: """ "validationActions": ["Deny"], "paramRef": { "name": "limits", "parameterNotFoundAction": "Deny" } """);
        world.Put("configmaps", "limits", """{ "data": { "size": "1" } }""");
        Assert.NotEqual("", await world.Create("configmaps", "m", """{ "data": { "size": "2" } }"""));
        world.Put("configmaps", "limits", """{ "data": { "size": "2" } }""");
        Assert.Equal("", await world.Create("configmaps", "m", """{ "data": { "size": "2" } }"""));
    }

    [Fact]
    public async Task Parameters_of_the_cluster_have_no_namespace()
    {
        const string Expression = "object.data.size == string(params.value)";
        var world = PolicyWorld.With(Expression, OfClasses, binding: """ "validationActions": ["Deny"], "paramRef": { "name": "c", "parameterNotFoundAction": "Deny" } """);
        world.Put("priorityclasses", "c", """{ "value": 3 }""");
        Assert.Equal("", await world.Create("configmaps", "n", """{ "data": { "size": "3" } }"""));
        Assert.Equal(PolicyWorld.Denied($"failed expression: {Expression}"), await world.Create("configmaps", "m", """{ "data": { "size": "4" } }"""));
        world.Bind("b", "p", """ "validationActions": ["Deny"], "paramRef": { "name": "c", "namespace": "default", "parameterNotFoundAction": "Deny" } """);
        Assert.Equal(PolicyWorld.Denied("failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`"), await world.Create("configmaps", "m"));
    }

    [Fact]
    public async Task Write_of_the_cluster_has_no_namespace_to_look_in()
    {
        var world = new PolicyWorld().Policy("p", """[{ "expression": "params != null" }]""", OfMaps, PolicyWorld.Anything).Bind("b", "p", """ "validationActions": ["Deny"], "paramRef": { "name": "limits", "parameterNotFoundAction": "Allow" } """);
        Assert.EndsWith("failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources", await world.Create("priorityclasses", "c", """{ "value": 3 }"""), StringComparison.Ordinal);
        Assert.Equal("", await world.Create("namespaces", "n"));
    }

    [Theory]
    [InlineData("Fail", "422 Invalid: configmaps \"m\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'shop.example.com/v1, Kind=Limit'")]
    [InlineData("Ignore", "")]
    public async Task Kind_that_is_not_there_is_a_fault_of_the_policy(string policy, string refusal)
    {
        var world = PolicyWorld.With("true", $$""", "failurePolicy": "{{policy}}", "paramKind": { "apiVersion": "shop.example.com/v1", "kind": "Limit" } """);
        Assert.Equal(refusal, await world.Create("configmaps", "m"));
    }

    [Fact]
    public async Task Binding_without_parameters_has_none()
    {
        Assert.Equal("", await PolicyWorld.With("params == null", OfMaps).Create("configmaps", "m"));
    }
}
