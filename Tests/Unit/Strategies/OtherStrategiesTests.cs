using ControlPlane.Objects;
using CsCheck;
using Tests.Support;
using Tests.Unit.Patching;
using Xunit;

namespace Tests.Unit.Strategies;

public sealed class OtherStrategiesTests
{
    private static readonly KindCase ConfigMap = new("", "configmaps");
    private static readonly KindCase Secret = new("", "secrets");

    [Fact]
    public void String_data_becomes_data()
    {
        var secret = Secret.Created("""{"data":{"a":"MQ=="},"stringData":{"b":"two"}}""");
        Assert.Equal("""{"a":"MQ==","b":"dHdv"}""", secret["data"]!.ToJsonString());
        Assert.Null(secret["stringData"]);
        Assert.Equal("Opaque", (string?)secret["type"]);
    }

    [Theory]
    [InlineData("""{"type":"kubernetes.io/tls","data":{"tls.crt":""}}""", "data[tls.key]: Required value")]
    [InlineData("""{"type":"kubernetes.io/service-account-token"}""", "metadata.annotations[kubernetes.io/service-account.name]: Required value")]
    [InlineData("""{"data":{"a b":""}}""", "data[a b]: Invalid value: \"a b\": a valid config key must consist of")]
    [InlineData("""{"data":{"a":"***"}}""", "data[a]: Invalid value: \"\": must be base64")]
    public void Secret_with_a_fault_is_refused(string json, string message) =>
        Assert.StartsWith(message, Assert.Single(Secret.CreateFaults(json)), StringComparison.Ordinal);

    [Fact]
    public void Secret_keeps_its_type() =>
        Assert.Equal(["type: Invalid value: \"example.com/x\": field is immutable"], Secret.PatchFaults(Secret.Create("{}"), """{"type":"example.com/x"}"""));

    [Fact]
    public void Immutable_data_does_not_change()
    {
        var stored = ConfigMap.Create("""{"immutable":true,"data":{"a":"1"}}""");
        Assert.Equal(["data: Forbidden: field is immutable when `immutable` is set"], ConfigMap.PatchFaults(stored, """{"data":{"a":"2"}}"""));
        Assert.Equal(["immutable: Forbidden: field is immutable when `immutable` is set"], ConfigMap.PatchFaults(stored, """{"immutable":false}"""));
        Assert.Empty(ConfigMap.PatchFaults(stored, """{"metadata":{"labels":{"a":"b"}}}"""));
    }

    [Fact]
    public void ConfigMap_has_a_bound()
    {
        var most = new string('x', 1024 * 1024);
        Assert.Empty(ConfigMap.CreateFaults($$$$"""{"data":{"a":"{{{{most}}}}"}}"""));
        Assert.Equal([": Too long: may not be more than 1048576 bytes"], ConfigMap.CreateFaults($$$$"""{"data":{"a":"{{{{most}}}}","b":"x"}}"""));
    }

    [Theory]
    [InlineData("""{"data":{"..a":"x"}}""", "data[..a]: Invalid value: \"..a\": must not start with '..'")]
    [InlineData("""{"data":{"a":"x"},"binaryData":{"a":"eA=="}}""", "binaryData[a]: Invalid value: \"a\": duplicate of key present in data")]
    public void ConfigMap_with_a_fault_is_refused(string json, string message) => Assert.Equal([message], ConfigMap.CreateFaults(json));

    [Fact]
    public void Node_registers_with_a_status_and_may_allot_all_it_has()
    {
        var nodes = new KindCase("", "nodes");
        var stored = nodes.Create("""{"status":{"capacity":{"cpu":"4"}}}""");
        Assert.Equal("""{"cpu":"4"}""", stored.ToJsonObject()["status"]!["allocatable"]!.ToJsonString());
        Assert.Empty(nodes.PatchFaults(stored, """{"spec":{"podCIDR":"10.1.0.0/24"}}"""));
        var placed = nodes.With(stored, tree => tree["spec"]!["podCIDR"] = "10.1.0.0/24");
        Assert.NotEmpty(nodes.PatchFaults(placed, """{"spec":{"podCIDR":"10.2.0.0/24"}}"""));
        Assert.Empty(nodes.PatchFaults(placed, """{"spec":{"unschedulable":true,"taints":[{"key":"a","effect":"NoSchedule"}]}}"""));
        Assert.StartsWith("spec.taints[1]: Duplicate value", Assert.Single(nodes.PatchFaults(placed, """{"spec":{"taints":[{"key":"a","effect":"NoSchedule"},{"key":"a","effect":"NoSchedule"}]}}""")));
    }

    [Theory]
    [InlineData("discovery.k8s.io", "endpointslices", """{"addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1"]}],"ports":[{"port":80}]}""")]
    [InlineData("", "endpoints", """{"subsets":[{"addresses":[{"ip":"10.0.0.1"}],"ports":[{"port":80}]}]}""")]
    [InlineData("", "persistentvolumeclaims", """{"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""")]
    [InlineData("", "persistentvolumes", """{"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/x"}}}""")]
    [InlineData("", "events", """{"involvedObject":{"namespace":"default"}}""")]
    [InlineData("", "limitranges", """{"spec":{"limits":[{"type":"Container","max":{"cpu":"1"}}]}}""")]
    [InlineData("", "resourcequotas", """{"spec":{"hard":{"pods":"3","requests.cpu":"2"}}}""")]
    [InlineData("", "serviceaccounts", "{}")]
    [InlineData("coordination.k8s.io", "leases", """{"spec":{"leaseDurationSeconds":40}}""")]
    [InlineData("policy", "poddisruptionbudgets", """{"spec":{"minAvailable":"50%","selector":{"matchLabels":{"a":"b"}}}}""")]
    [InlineData("autoscaling", "horizontalpodautoscalers", """{"spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"web","apiVersion":"apps/v1"}}}""")]
    [InlineData("networking.k8s.io", "ingresses", """{"spec":{"rules":[{"host":"*.example.com","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"web","port":{"number":80}}}}]}}]}}""")]
    [InlineData("networking.k8s.io", "networkpolicies", """{"spec":{"podSelector":{}}}""")]
    [InlineData("rbac.authorization.k8s.io", "roles", """{"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}""")]
    [InlineData("rbac.authorization.k8s.io", "rolebindings", """{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"},{"kind":"ServiceAccount","name":"s"}]}""")]
    [InlineData("scheduling.k8s.io", "priorityclasses", """{"value":1000}""")]
    [InlineData("storage.k8s.io", "storageclasses", """{"provisioner":"example.com/disk"}""")]
    public void Ordinary_object_is_taken_and_stays_as_it_is(string group, string plural, string json)
    {
        var kind = new KindCase(group, plural);
        var stored = kind.Create(json);
        PatchCase.AssertSame(stored.ToJsonObject(), kind.Patched(stored, "{}"));
    }

    [Theory]
    [InlineData("discovery.k8s.io", "endpointslices", """{"endpoints":[]}""", "addressType: Required value")]
    [InlineData("", "endpoints", """{"subsets":[{"addresses":[{"ip":"x"}]}]}""", "subsets[0].addresses[0].ip: Invalid value: \"x\": must be a valid IP address")]
    [InlineData("", "persistentvolumeclaims", """{"spec":{"resources":{"requests":{"storage":"1Gi"}}}}""", "spec.accessModes: Required value: at least 1 access mode is required")]
    [InlineData("", "persistentvolumes", """{"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"]}}""", "spec: Required value: must specify a volume type")]
    [InlineData("", "events", """{"involvedObject":{"namespace":"other"}}""", "involvedObject.namespace: Invalid value: \"other\": does not match event.namespace")]
    [InlineData("coordination.k8s.io", "leases", """{"spec":{"leaseDurationSeconds":0}}""", "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0")]
    [InlineData("autoscaling", "horizontalpodautoscalers", """{"spec":{"maxReplicas":1,"minReplicas":2,"scaleTargetRef":{"kind":"Deployment","name":"web"}}}""",
        "spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`")]
    [InlineData("networking.k8s.io", "ingresses", """{"spec":{}}""", "spec: Invalid value: {}: either `defaultBackend` or `rules` must be specified")]
    [InlineData("rbac.authorization.k8s.io", "roles", """{"rules":[{"apiGroups":[""],"resources":["pods"]}]}""", "rules[0].verbs: Required value: verbs must contain at least one value")]
    [InlineData("rbac.authorization.k8s.io", "rolebindings", """{"roleRef":{"kind":"Job","name":"r"}}""", "roleRef.kind: Unsupported value: \"Job\": supported values: \"ClusterRole\", \"Role\"")]
    [InlineData("networking.k8s.io", "ingressclasses", "{}", "spec.controller: Required value")]
    [InlineData("node.k8s.io", "runtimeclasses", """{"handler":""}""", "handler: Required value")]
    [InlineData("scheduling.k8s.io", "priorityclasses", """{"value":2000000000}""", "value: Forbidden: maximum allowed value of a user defined priority is 1000000000")]
    public void Object_with_a_fault_is_refused(string group, string plural, string json, string message) =>
        Assert.StartsWith(message, Assert.Single(new KindCase(group, plural).CreateFaults(json)), StringComparison.Ordinal);

    [Fact]
    public void Address_is_claimed_by_its_name()
    {
        var addresses = new KindCase("networking.k8s.io", "ipaddresses");
        const string Claim = """{"spec":{"parentRef":{"resource":"services","namespace":"default","name":"web"}}}""";
        Assert.Empty(addresses.CreateFaults(Claim, "10.96.0.10"));
        Assert.StartsWith("metadata.name: Invalid value: \"web\": must be a valid IP address", Assert.Single(addresses.CreateFaults(Claim, "web")));
    }

    [Fact]
    public void Webhooks_get_their_defaults_and_name_what_they_lack()
    {
        var configurations = new KindCase("admissionregistration.k8s.io", "validatingwebhookconfigurations");
        var hook = configurations.Created("""{"webhooks":[{"name":"a.example.com","clientConfig":{"url":"https://a"},"sideEffects":"None","admissionReviewVersions":["v1"]}]}""")["webhooks"]![0]!;
        Assert.Equal(("Fail", 10), ((string?)hook["failurePolicy"], (int)hook["timeoutSeconds"]!));
        Assert.Equal(
            ["webhooks[0].name: Required value", "webhooks[0].admissionReviewVersions: Required value: must specify one of v1",
             "webhooks[0].sideEffects: Required value", "webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
            configurations.CreateFaults("""{"webhooks":[{}]}"""));
    }

    [Fact]
    public void Nothing_a_client_writes_makes_a_strategy_throw()
    {
        var kinds = TestCatalogue.Default.All.Where(kind => kind.Stored && kind.Conversion is null).ToArray();
        Gen.Select(Gen.Int[0, kinds.Length - 1], JsonGen.Object, JsonGen.Object).Sample((which, raw, before) =>
        {
            var strategy = kinds[which].Strategy;
            var (updated, current) = (Rename(raw), Rename(before));
            strategy.PrepareForCreate(current);
            kinds[which].ApplyDefaults(current);
            strategy.PrepareForUpdate(updated, current);
            kinds[which].ApplyDefaults(updated);
            var errors = new FieldErrors();
            ObjectMetaValidation.ValidateUpdate(updated, current, kinds[which], errors);
            kinds[which].Validate(updated, errors);
            kinds[which].ValidateUpdate(updated, current, errors);
            kinds[which].ValidateStatusUpdate(updated, current, errors);
            strategy.GraceSeconds(current, null);
            Assert.All(errors.Causes, cause => Assert.NotEmpty(cause.Message));
        }, iter: 2000);
    }

    private static System.Text.Json.Nodes.JsonObject Rename(System.Text.Json.Nodes.JsonObject made)
    {
        var text = made.ToJsonString().Replace("\"a\"", "\"spec\"").Replace("\"b\"", "\"template\"").Replace("\"c\"", "\"containers\"").Replace("\"d~/e\"", "\"metadata\"");
        return System.Text.Json.Nodes.JsonNode.Parse(text)!.AsObject();
    }
}
