using System.Text.Json.Nodes;
using ControlPlane.Admission.Policies;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What the status of a validating policy says of its expressions.</summary>
public sealed class PolicyStatusTests
{
    private const string Workloads = """{ "operations": ["*"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments", "replicasets", "deployments/scale"] }""";
    private const string Pods = """{ "operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""";

    [Theory]
    [InlineData("object.spec.containers.all(c, c.image.startsWith('a')) && has(object.spec.nodeName)")]
    [InlineData("object.metadata.namespace == request.namespace && 'a' in object.metadata.labels && oldObject == null")]
    [InlineData("object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z') && string(object.spec.containers[0].resources.limits['cpu']) == '1'")]
    [InlineData("variables.first == params.data.image && authorizer.requestResource.check('x').allowed()")]
    public void Expression_that_fits_its_kind_is_not_warned_of(string expression)
    {
        var status = Status(Pods, $$"""[{ "expression": "{{expression}}" }]""", """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" }, "variables": [{ "name": "first", "expression": "object.spec.containers[0].image" }]""");
        Assert.Equal("""{"observedGeneration":1,"typeChecking":{}}""", status.ToJsonString());
    }

    [Theory]
    [InlineData("object.spec.none == 1", "undefined field 'none'")]
    [InlineData("object.spec.containers[0].image == 1", "found no matching overload for '_==_' applied to '(string, int)'")]
    [InlineData("params.none == 1", "undefined field 'none'")]
    [InlineData("variables.first == 1", "found no matching overload for '_==_' applied to '(string, int)'")]
    public void Expression_that_does_not_is(string expression, string warning)
    {
        var status = Status(Pods, $$"""[{ "expression": "true", "messageExpression": "'a'" }, { "expression": "{{expression}}", "messageExpression": "string({{expression}})" }]""", """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" }, "variables": [{ "name": "first", "expression": "object.spec.containers[0].image" }]""");
        var warnings = status.Objects("typeChecking", "expressionWarnings").ToArray();
        Assert.Equal(["spec.validations[1].expression", "spec.validations[1].messageExpression"], warnings.Select(one => one.Text("fieldRef")));
        Assert.StartsWith("/v1, Kind=Pod: ERROR: <input>:1:", warnings[0].Text("warning"), StringComparison.Ordinal);
        Assert.Contains($": {warning}\n | {expression}\n", warnings[0].Text("warning"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_that_is_named_is_looked_at()
    {
        var warning = Assert.Single(Status(Workloads, """[{ "expression": "object.spec.minReadySeconds > 1 && object.spec.strategy.type == 'a'" }]""").Objects("typeChecking", "expressionWarnings")).Text("warning");
        Assert.StartsWith("apps/v1, Kind=ReplicaSet: ERROR: ", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("Kind=Deployment", warning, StringComparison.Ordinal);
        Assert.Contains("apps/v1, Kind=Deployment: ", Assert.Single(Status($"{Workloads}, {Pods}", """[{ "expression": "object.spec.none == 1" }]""").Objects("typeChecking", "expressionWarnings")).Text("warning"), StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_that_names_no_kind_says_nothing() => Assert.Equal("""{"observedGeneration":1,"typeChecking":{}}""", Status(PolicyWorld.Anything, """[{ "expression": "object.spec.none == 1" }]""").ToJsonString());

    [Fact]
    public void Policy_is_looked_at_again_when_it_was_changed_and_at_no_other_time()
    {
        var (store, key, reconciler) = (new PolicyWorld().Policy("p", """[{ "expression": "object.spec.none == 1" }]""", rule: Pods).Store, WebhookWorld.Key("validatingadmissionpolicies", "p"), new ValidatingPolicyReconciler(TestCatalogue.Default));
        Assert.Equal((1, 0), (store.Settle(reconciler, key), store.Settle(reconciler, key)));
        store.Do(new ControlPlane.Objects.PatchObject(key, new ControlPlane.Objects.Patching.FieldPatch(JsonNode.Parse("""{ "spec": { "validations": [{ "expression": "true" }] } }""")!.AsObject()), "", WebhookWorld.User));
        Assert.Equal(1, store.Settle(reconciler, key));
        Assert.Equal("""{"observedGeneration":2,"typeChecking":{}}""", store.Cache.Get(key)!.ToJsonObject().Child("status")!.ToJsonString());
    }

    private static JsonObject Status(string rule, string validations, string more = "")
    {
        var store = new PolicyWorld().Policy("p", validations, more, rule).Store;
        var key = WebhookWorld.Key("validatingadmissionpolicies", "p");
        Assert.Equal(1, store.Settle(new ValidatingPolicyReconciler(TestCatalogue.Default), key));
        return store.Cache.Get(key)!.ToJsonObject().Child("status")!;
    }
}
