using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What mutating policies make of objects, and in which words they fail.</summary>
public sealed class MutatingPolicyTests
{
    private const string Map = """{ "metadata": { "labels": { "app": "web" } }, "data": { "size": "7" } }""";
    private const string Pods = """{ "operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"] }""";
    private const string Pod = """{ "spec": { "containers": [ { "name": "c", "image": "i", "env": [ { "name": "A", "value": "1" } ] }, { "name": "d", "image": "j" } ] } }""";
    private const string ReplicaSet = """{ "spec": { "replicas": 1, "selector": { "matchLabels": { "a": "b" } }, "template": { "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }""";
    private const string Touch = """{ "metadata": { "annotations": { "touched": "yes" } } }""";

    [Theory]
    [InlineData("Object{data: {'size': '8', 'by': request.userInfo.username}}", """{"size":"8","by":"alice"}""")]
    [InlineData("Object{data: {'space': namespaceObject.metadata.name}}", """{"size":"7","space":"default"}""")]
    [InlineData("Object{data: {'allowed': string(authorizer.requestResource.check('approve').allowed())}}", """{"size":"7","allowed":"true"}""")]
    [InlineData("object.data.size == '8' ? Object{data: {'no': 'no'}} : Object{}", """{"size":"7"}""")]
    [InlineData("Object{data: {'twice': string(variables.size * 2)}}", """{"size":"7","twice":"14"}""")]
    [InlineData("Object{?data: optional.none()}", """{"size":"7"}""")]
    public async Task Configuration_is_merged_into_the_object(string expression, string data)
    {
        var world = MutationWorld.With(MutationWorld.Apply(expression), """, "variables": [ { "name": "size", "expression": "int(object.data.size)" } ]""");
        var made = await world.Created("configmaps", "m", Map);
        Assert.Equal(data, made["data"]!.ToJsonString());
        Assert.Equal("web", made.Text("metadata", "labels", "app"));
    }

    [Theory]
    [InlineData("[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a.b/c'), value: 'v'}, JSONPatch{op: 'copy', from: '/metadata/labels/a.b~1c', path: '/data/c'}]", """{"size":"7","c":"v"}""")]
    [InlineData("[JSONPatch{op: 'replace', path: '/data', value: {'only': 'this'}}]", """{"only":"this"}""")]
    [InlineData("[JSONPatch{op: 'test', path: '/data/size', value: '7'}, JSONPatch{op: 'remove', path: '/data/size'}, JSONPatch{op: 'add', path: '/data/x', value: 'y'}]", """{"x":"y"}""")]
    [InlineData("[JSONPatch{op: 'add', path: '/data/x', value: 'y'}, JSONPatch{op: 'test', path: '/data/size', value: '8'}]", """{"size":"7"}""")]
    [InlineData("[JSONPatch{op: 'test', path: '/data/none', value: '8'}, JSONPatch{op: 'remove', path: '/data/size'}]", """{"size":"7"}""")]
    [InlineData("[JSONPatch{op: 'copy', from: '/data/size', path: '/data/copy'}, JSONPatch{op: 'move', from: '/data/size', path: '/data/moved'}]", """{"copy":"7","moved":"7"}""")]
    [InlineData("has(object.data.none) ? [JSONPatch{op: 'remove', path: '/data/none'}] : []", """{"size":"7"}""")]
    [InlineData("[JSONPatch{op: 'add', path: '/metadata', value: Object.metadata{name: object.metadata.name, namespace: object.metadata.namespace, uid: object.metadata.uid, labels: {'a': 'b'}}}]", """{"size":"7"}""")]
    public async Task Patch_is_carried_out_unless_a_test_of_its_own_fails(string expression, string data) =>
        Assert.Equal(data, (await MutationWorld.With(MutationWorld.Patch(expression)).Created("configmaps", "m", Map))["data"]!.ToJsonString());

    [Fact]
    public async Task Each_mutation_sees_the_object_as_the_one_before_left_it_and_variables_with_it()
    {
        const string Next = "string(variables.size + 1)";
        var world = MutationWorld.With(
            $"{MutationWorld.Apply($"Object{{data: {{'size': {Next}}}}}")}, {MutationWorld.Patch($"[JSONPatch{{op: 'replace', path: '/data/size', value: {Next}}}]")}, {MutationWorld.Apply($"Object{{data: {{'last': {Next}}}}}")}",
            """, "variables": [ { "name": "size", "expression": "int(object.data.size)" } ]""");
        Assert.Equal("""{"size":"9","last":"10"}""", (await world.Created("configmaps", "m", Map))["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Items_with_keys_are_merged_and_what_is_added_is_defaulted()
    {
        var world = MutationWorld.With(
            MutationWorld.Apply("""
                Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, env: [Object.spec.containers.env{name: 'B', value: '2'}]})
                  + [Object.spec.containers{name: 'side', image: 's:1'}]}}
                """), rule: Pods);
        var containers = (await world.Created("pods", "p", Pod)).Objects("spec", "containers").ToArray();
        Assert.Equal(["c i A=1,B=2", "d j B=2", "side s:1 "], containers.Select(container => $"{container.Text("name")} {container.Text("image")} {string.Join(',', container.Objects("env").Select(one => $"{one.Text("name")}={one.Text("value")}"))}"));
        Assert.Equal("IfNotPresent", containers[2].Text("imagePullPolicy"));
    }

    [Theory]
    [InlineData("Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c', args: ['a']}, Object.spec.containers{name: 'd', command: ['b']}]}}", "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args, .spec.containers[1].command")]
    [InlineData("Object{spec: Object.spec{nodeSelector: {'a': 'b'}}}", "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.nodeSelector")]
    [InlineData("Object{spec: Object.spec{tolerations: []}}", "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.tolerations")]
    [InlineData("Object{spec: Object.spec{containers: [Object.spec.containers{image: 'x'}]}}", "error applying patch: failed to convert patch object to typed object: .spec.containers: element 0: associative list with keys has an element that omits key field \"name\" (and doesn't have default value)")]
    [InlineData("Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c'}, Object.spec.containers{name: 'c'}]}}", "error applying patch: failed to convert patch object to typed object: .spec.containers: duplicate entries for key [name=\"c\"]")]
    [InlineData("Object{spec: Object.spec{colour: 'red'}}", "error applying patch: failed to convert patch object to typed object: Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.colour\"")]
    [InlineData("Object{spec: Object.spec{hostNetwork: 'red'}}", "error applying patch: failed to convert patch object to typed object: Pod in version \"v1\" cannot be handled as a Pod: ")]
    [InlineData("Object{spec: Object.spec.wrong{hostNetwork: true}}", "type mismatch: unexpected type name \"Object.spec.wrong\", expected \"Object.spec\", which matches field name path from root Object type")]
    [InlineData("Object{spec: object.spec.none}", "expression 'Object{spec: object.spec.none}' resulted in error: no such key: none")]
    [InlineData("object.spec.containers.size() > 9 ? Object{} : null", "unsupported return type from ApplyConfiguration expression: null")]
    [InlineData("Object{metadata: Object.metadata{name: 'other'}}", "attempted to change metadata.name, which is not supported")]
    [InlineData("Object{metadata: Object.metadata{uid: 'other'}}", "attempted to change metadata.uid, which is not supported")]
    public async Task Configuration_that_can_not_be_applied_is_a_failure(string expression, string message) =>
        Assert.StartsWith(MutationWorld.Denied(message), await MutationWorld.With(MutationWorld.Apply(expression), rule: Pods).Create("pods", "p", Pod), StringComparison.Ordinal);

    [Theory]
    [InlineData("[JSONPatch{op: 'remove', path: '/data/none'}]", "JSON Patch: the server rejected our request due to an error in our request: remove operation does not apply: doc is missing path: \"/data/none\": missing value")]
    [InlineData("[JSONPatch{op: 'adds', path: '/data/none'}]", "JSON Patch: error decoding patch: operation 0: unexpected kind: \"adds\"")]
    [InlineData("[JSONPatch{op: 'add', path: '/data/x'}]", "JSON Patch: error decoding patch: operation 0: missing value")]
    [InlineData("[JSONPatch{op: 'add', path: '/colour', value: 'red'}]", "made an object that can't be read: ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"colour\"")]
    [InlineData("[JSONPatch{op: 'add', path: '/data', value: 'red'}]", "made an object that can't be read: ")]
    [InlineData("[JSONPatch{op: 'add', path: '/data/x', value: Object.data{a: Object.b{}}}]", "type mismatch: unexpected type name \"Object.b\", expected \"Object.data.a\", which matches field name path from root Object type")]
    [InlineData("[JSONPatch{op: 'replace', path: '/kind', value: 'Secret'}]", "attempted to change kind, which is not supported")]
    [InlineData("[JSONPatch{op: 'replace', path: '/apiVersion', value: 'v2'}]", "attempted to change apiVersion, which is not supported")]
    [InlineData("[JSONPatch{op: 'replace', path: '/metadata/namespace', value: 'other'}]", "attempted to change metadata.namespace, which is not supported")]
    [InlineData("[JSONPatch{op: 'add', path: '/metadata/managedFields', value: []}]", "attempted to change metadata.managedFields, which is not supported")]
    public async Task Patch_that_can_not_be_carried_out_is_a_failure(string expression, string message)
    {
        Assert.StartsWith(MutationWorld.Denied(message), await MutationWorld.With(MutationWorld.Patch(expression)).Create("configmaps", "m", Map), StringComparison.Ordinal);
        var lenient = await MutationWorld.With($"{MutationWorld.Patch(expression)}, {MutationWorld.Apply("Object{data: {'after': 'yes'}}")}", """, "failurePolicy": "Ignore" """).Created("configmaps", "m", Map);
        Assert.Equal("""{"size":"7","after":"yes"}""", lenient["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Refusal_has_the_first_failure_and_names_all()
    {
        var world = MutationWorld.With($"{MutationWorld.Apply("Object{data: {'a': object.data.a}}")}, {MutationWorld.Apply("Object{data: {'b': object.data.b}}")}");
        var refused = Assert.IsType<ObjectRejected>(await world.Webhooks.Create("configmaps", "m", Map)).Status;
        Assert.Equal((403, "Invalid", "configmaps", "m"), (refused.Code, refused.Reason, refused.Kind, refused.Name));
        Assert.Equal(["a", "b"], refused.Causes.Select(cause => cause.Message[^1..]));
        Assert.Equal(refused.Message, refused.Causes[0].Message);
    }

    [Theory]
    [InlineData("""[{ "name": "a", "expression": "object.data.size == '7'" }]""", "Fail", "yes", "")]
    [InlineData("""[{ "name": "a", "expression": "object.data.size == '8'" }]""", "Fail", "", "")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }, { "name": "b", "expression": "false" }]""", "Fail", "", "")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }]""", "Fail", "", "expression 'object.x == 1' resulted in error: no such key: x")]
    [InlineData("""[{ "name": "a", "expression": "object.x == 1" }]""", "Ignore", "", "")]
    public async Task Match_conditions_say_whether_the_policy_is_about_the_write(string conditions, string policy, string mutated, string message)
    {
        var world = MutationWorld.With(MutationWorld.Apply("Object{data: {'mutated': 'yes'}}"), $$""", "failurePolicy": "{{policy}}", "matchConditions": {{conditions}}""");
        if (message.Length > 0) Assert.Equal(MutationWorld.Denied(message), await world.Create("configmaps", "m", Map));
        else Assert.Equal(mutated, (await world.Created("configmaps", "m", Map)).Text("data", "mutated"));
    }

    [Theory]
    [InlineData("""{ "name": "one", "parameterNotFoundAction": "Deny" }""", "1", "")]
    [InlineData("""{ "selector": { "matchLabels": { "use": "yes" } }, "parameterNotFoundAction": "Deny" }""", "1 2", "")]
    [InlineData("""{ "name": "none", "parameterNotFoundAction": "Allow" }""", "", "")]
    [InlineData("""{ "name": "none", "parameterNotFoundAction": "Deny" }""", "", "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")]
    public async Task Policy_has_a_turn_for_each_of_its_parameters(string reference, string order, string message)
    {
        var world = new MutationWorld().Policy("p", MutationWorld.Apply("Object{data: {'order': (has(object.data.order) ? object.data.order + ' ' : '') + params.data.number}}"), """, "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" } """).Bind("b", "p", $$""", "paramRef": {{reference}}""");
        foreach (var (name, number) in ((string, string)[])[("one", "1"), ("two", "2")]) world.Put("configmaps", name, $$"""{ "metadata": { "labels": { "use": "yes" } }, "data": { "number": "{{number}}" } }""");
        if (message.Length > 0) Assert.Equal(MutationWorld.Denied(message).Replace("403 Invalid", "403 Forbidden", StringComparison.Ordinal), await world.Create("configmaps", "m", Map));
        else Assert.Equal(order, (await world.Created("configmaps", "m", Map)).Text("data", "order"));
    }

    [Fact]
    public async Task Parameters_of_a_kind_that_is_not_there_are_a_fault_of_the_policy()
    {
        var world = MutationWorld.With(MutationWorld.Apply("Object{}"), """, "paramKind": { "apiVersion": "shop.example.com/v1", "kind": "Gauge" } """);
        Assert.Equal("403 Forbidden: policy \"p\" denied request: failed to configure policy: failed to find resource referenced by paramKind: 'shop.example.com/v1, Kind=Gauge'", await world.Create("configmaps", "m", Map));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""", "matchResources": { "objectSelector": { "matchLabels": { "app": "db" } } }""", false)]
    [InlineData(""", "matchResources": { "resourceRules": [ { "operations": ["UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"] } ] }""", false)]
    public async Task Both_the_policy_and_the_binding_must_mean_the_write(string binding, bool mutated)
    {
        var world = new MutationWorld().Policy("p", MutationWorld.Apply("Object{data: {'mutated': 'yes'}}")).Bind("b", "p", binding);
        Assert.Equal(mutated, (await world.Created("configmaps", "m", Map)).Has("data", "mutated"));
    }

    [Fact]
    public async Task What_a_policy_made_is_validated_as_if_a_client_had_sent_it()
    {
        var world = MutationWorld.With(MutationWorld.Patch("[JSONPatch{op: 'replace', path: '/spec/containers/0/name', value: 'Not A Name'}]"), rule: Pods);
        Assert.StartsWith("422 Invalid: Pod \"p\" is invalid: spec.containers[0].name", await world.Create("pods", "p", Pod), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_write_may_not_touch_stays_as_it_was()
    {
        var world = MutationWorld.With(MutationWorld.Patch("[JSONPatch{op: 'add', path: '/status', value: {'phase': 'Failed'}}, JSONPatch{op: 'add', path: '/metadata/generation', value: 99}, JSONPatch{op: 'add', path: '/metadata/labels', value: {'a': 'b'}}]"), rule: Pods);
        var made = await world.Created("pods", "p", Pod);
        Assert.Equal(("Pending", 1, "b"), (made.Text("status", "phase"), made.Number("metadata", "generation"), made.Text("metadata", "labels", "a")));
    }

    [Fact]
    public async Task Subresources_are_changed_where_a_rule_names_them_and_only_in_their_part()
    {
        var world = new MutationWorld()
            .Policy("p", MutationWorld.Apply("Object{spec: Object.spec{replicas: object.spec.replicas * 2}}"), rule: """{ "operations": ["UPDATE"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["replicasets/scale"] }""").Bind("b", "p")
            .Policy("q", MutationWorld.Apply("Object{metadata: Object.metadata{labels: {'no': 'no'}}, status: Object.status{message: 'policy'}}"), rule: """{ "operations": ["UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods/status"] }""").Bind("c", "q");
        world.Put("replicasets", "r", ReplicaSet);
        world.Put("pods", "p", Pod);
        Assert.Equal(3, (await world.Merged("replicasets", "r", """{ "spec": { "replicas": 3 } }""")).Number("spec", "replicas"));
        var key = WebhookWorld.Key("replicasets", "r");
        Assert.Equal(8, MutationWorld.Tree(await world.Webhooks.Send(new PatchObject(key, new ControlPlane.Objects.Patching.ReplaceScale(4), "scale", WebhookWorld.User))).Number("spec", "replicas"));
        Assert.False((await world.Merged("pods", "p", Touch)).Has("status", "message"));
        var reported = await world.Merged("pods", "p", """{ "status": { "phase": "Running" } }""", "status");
        Assert.Equal(("Running", "policy", false), (reported.Text("status", "phase"), reported.Text("status", "message"), reported.Has("metadata", "labels")));
    }

    [Fact]
    public async Task Delete_has_nothing_to_change_and_an_eviction_can_not_be_changed()
    {
        var world = MutationWorld.With(MutationWorld.Apply("Object{metadata: Object.metadata{labels: {'a': 'b'}}}"), rule: PolicyWorld.Anything);
        world.Put("pods", "p", Pod);
        var key = WebhookWorld.Key("pods", "p");
        Assert.Equal(MutationWorld.Denied("attempted to modify the object, which is not supported for this operation"), MutationWorld.Words(await world.Webhooks.Send(new DeleteObject(key, 0, Propagation.Background, WebhookWorld.User) { Subresource = "eviction" })));
        Assert.Equal("", MutationWorld.Words(await world.Webhooks.Send(new DeleteObject(key, 0, Propagation.Background, WebhookWorld.User))));
    }

    [Fact]
    public async Task Dry_run_shows_what_would_be_stored()
    {
        var world = MutationWorld.With(MutationWorld.Apply("Object{data: {'dry': string(request.dryRun)}}"));
        var key = WebhookWorld.Key("configmaps", "m");
        var shown = await world.Webhooks.Send(new CreateObject(key, JsonNode.Parse("""{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "m" } }""")!.AsObject(), WebhookWorld.User) { DryRun = true });
        Assert.Equal("true", MutationWorld.Tree(shown).Text("data", "dry"));
        Assert.Null(world.Webhooks.Store.Cache.Get(key));
    }

    [Theory]
    [InlineData("Equivalent", 50)]
    [InlineData("Exact", 80)]
    public async Task Object_is_changed_in_the_version_that_the_rules_mean(string policy, int use)
    {
        const string Old = """{ "operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "resources": ["horizontalpodautoscalers"] }""";
        var world = new MutationWorld().Policy("p", MutationWorld.Apply("Object{spec: Object.spec{targetCPUUtilizationPercentage: 50}}"), rule: Old, match: $$""", "matchPolicy": "{{policy}}" """).Bind("b", "p");
        var made = await world.Created("horizontalpodautoscalers", "h", """
            { "spec": { "maxReplicas": 3, "scaleTargetRef": { "kind": "Deployment", "name": "d", "apiVersion": "apps/v1" }, "metrics": [ { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } } } ] } }
            """);
        Assert.Equal(("autoscaling/v2", use), (made.Text("apiVersion"), (int)made.Objects("spec", "metrics").Single().Number("resource", "target", "averageUtilization")!));
    }

    [Theory]
    [InlineData("Fail", "validation failed due to running out of cost budget, no further validation rules will be run")]
    [InlineData("Ignore", "")]
    public async Task Policies_of_one_write_have_one_budget(string policy, string message)
    {
        var items = string.Join(',', Enumerable.Range(0, 200));
        var heavy = MutationWorld.Apply($"[{items}].all(a, [{items}].all(b, [{items}].all(c, a + b + c >= 0))) || true ? Object{{}} : Object{{}}");
        var world = MutationWorld.With(string.Join(',', Enumerable.Repeat(heavy, 15)), $$""", "failurePolicy": "{{policy}}" """);
        var refused = await world.Webhooks.Create("configmaps", "m");
        if (message.Length == 0) Assert.Equal("", MutationWorld.Words(refused));
        else Assert.Contains(Assert.IsType<ObjectRejected>(refused).Status.Causes, cause => MutationWorld.Denied(message).EndsWith(cause.Message, StringComparison.Ordinal));
    }

    // It was accepted by another control plane: it fails as one that can't say, and says why.
    [Theory]
    [InlineData("Fail", "compilation error: compilation failed: ERROR: <input>:1:1: undeclared reference to 'nonsense' (in container '')\n | nonsense\n | ^")]
    [InlineData("Ignore", "")]
    public async Task Stored_policy_that_can_not_be_used_fails_as_one_that_can_not_say(string policy, string message)
    {
        var world = MutationWorld.With(MutationWorld.Apply("Object{}"), $$""", "failurePolicy": "{{policy}}" """);
        var stored = world.Webhooks.Store.Cache.Get(WebhookWorld.Key("mutatingadmissionpolicies", "p"))!;
        var tree = stored.ToJsonObject();
        tree["spec"]!["mutations"]![0]!["applyConfiguration"]!["expression"] = "nonsense";
        world.Webhooks.Store.Put(new(stored.Key, ObjectJson.ToUtf8(tree), stored.Revision));
        Assert.Equal(message.Length == 0 ? "" : MutationWorld.Denied(message), await world.Create("configmaps", "m"));
    }

    // What every write of a cluster without policies pays: to find out that there are none.
    [Fact]
    public void Without_bindings_a_write_costs_next_to_nothing()
    {
        const int Writes = 1000;
        var world = new MutationWorld().Policy("p", MutationWorld.Apply("Object{}"));
        var key = WebhookWorld.Key("configmaps", "m");
        var tree = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "m" } };
        var write = new PendingWrite(TestCatalogue.Default.FindStored(key.GroupResource)!, null, new CreateObject(key, tree, WebhookWorld.User), WriteOperation.Create, tree, world.Webhooks.Store.Now) { Verb = "create" };
        Assert.False(world.Webhooks.Policies.AppliesTo(write));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Writes; i++) world.Webhooks.Policies.AppliesTo(write);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Writes, 0, 256);
    }
}
