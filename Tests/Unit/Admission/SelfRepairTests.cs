using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What no webhook is asked about, so that a webhook that is gone can come back.</summary>
public sealed class SelfRepairTests
{
    private const string Service = """{ "service": { "namespace": "default", "name": "guard" } }""";
    private const string Behind = """{ "app": "guard" }""", Elsewhere = """{ "app": "web" }""";
    private static readonly Requester Sets = Requester.Controller("replicaset-controller"), Agent = Requester.Controller("node-agent"), Bootstrap = Requester.Controller("rbac-bootstrap");
    private static readonly Requester Kubelet = new("system:node:n", "kubelet", ["system:nodes"]);

    [Fact]
    public async Task Everything_that_brings_a_webhook_back_goes_on_while_it_does_not_answer()
    {
        Assert.Empty(await Refused(new(), Repair));
    }

    [Fact]
    public async Task All_else_is_asked_about()
    {
        var refused = await Refused(new(), Others);
        Assert.Equal(Others.Select(write => write.What), refused);
    }

    [Fact]
    public async Task Of_two_that_are_asked_about_each_other_both_come_back()
    {
        var world = Down(new());
        world.Configure("mutating", "other", WebhookWorld.Hook("other", client: """{ "service": { "namespace": "default", "name": "web" } }"""));
        Assert.IsType<ObjectAccepted>(await world.Create("pods", "guard-2", Pod(Behind), Sets));
        Assert.IsType<ObjectAccepted>(await world.Create("pods", "web-2", Pod(Elsewhere), Sets));
        Assert.Empty(world.Asked);
    }

    // A mutant: without the guard, what brings the webhook back waits for the webhook.
    [Fact]
    public async Task Without_the_guard_nothing_could_be_repaired()
    {
        var refused = await Refused(new((_, _, _) => false), Repair);
        Assert.Equal(Repair.Select(write => write.What), refused);
    }

    // Another: to look at the labels that a change brings would let anybody pass by a webhook.
    [Fact]
    public async Task Nobody_passes_by_a_webhook_with_the_labels_that_a_change_brings()
    {
        var world = Down(new());
        Assert.NotEmpty(WebhookWorld.Message(await world.Merge("pods", "web", """{ "metadata": { "labels": { "app": "guard" } } }""")));
    }

    private static (string What, Func<WebhookWorld, Task<ObjectResult>> Do)[] Repair { get; } =
    [
        ("its own configuration changes", world => world.Merge("validatingwebhookconfigurations", "down", """{ "metadata": { "labels": { "a": "b" } } }""")),
        ("its own configuration goes", world => world.Send(new DeleteObject(WebhookWorld.Key("validatingwebhookconfigurations", "down"), null, Propagation.Background, WebhookWorld.User) { DryRun = true })),
        ("policies", world => world.Create("validatingadmissionpolicybindings", "p", """{ "spec": { "policyName": "p", "validationActions": ["Deny"] } }""")),
        ("its pod is made", world => world.Create("pods", "guard-2", Pod(Behind), Sets)),
        ("its pod is changed", world => world.Merge("pods", "guard", """{ "metadata": { "annotations": { "a": "b" } } }""")),
        ("its pod reports", world => world.Merge("pods", "guard", """{ "status": { "phase": "Running" } }""", "status", Agent)),
        ("its pod goes", world => world.Delete("pods", "guard")),
        ("its Deployment", world => world.Merge("deployments", "guard", """{ "spec": { "replicas": 2 } }""")),
        ("its ReplicaSet", world => world.Create("replicasets", "guard-1", Template(Behind), Requester.Controller("deployment-controller"))),
        ("its Service", world => world.Merge("services", "guard", """{ "metadata": { "annotations": { "a": "b" } } }""")),
        ("its endpoints", world => world.Create("endpointslices", "guard-x", """{ "metadata": { "labels": { "kubernetes.io/service-name": "guard" } }, "addressType": "IPv4", "endpoints": [], "ports": [] }""", Requester.Controller("endpointslice-controller"))),
        ("its address", world => world.Create("ipaddresses", "10.0.0.9", Address("guard"), Requester.Controller("service-allocator"))),
        ("a claim on a quota of its namespace", world => world.Merge("resourcequotas", "q", """{ "status": { "used": { "pods": "1" } } }""", "status")),
        ("a node registers", world => world.Create("nodes", "n2", "{}", Requester.Controller("node-registrar"))),
        ("a node reports", world => world.Merge("nodes", "n", """{ "status": { "phase": "Running" } }""", "status", Kubelet)),
        ("a lost node is tainted", world => world.Merge("nodes", "n", """{ "spec": { "unschedulable": true } }""", by: Requester.Controller("node-controller"))),
        ("built-in roles", world => world.Create("clusterroles", "r", "{}", Bootstrap)),
    ];

    private static (string What, Func<WebhookWorld, Task<ObjectResult>> Do)[] Others { get; } =
    [
        ("another pod", world => world.Create("pods", "web-2", Pod(Elsewhere), Sets)),
        ("another pod reports", world => world.Merge("pods", "web", """{ "status": { "phase": "Running" } }""", "status", Agent)),
        ("another ReplicaSet", world => world.Create("replicasets", "web-1", Template(Elsewhere), Sets)),
        ("another Service", world => world.Merge("services", "web", """{ "metadata": { "annotations": { "a": "b" } } }""")),
        ("the address of another Service", world => world.Create("ipaddresses", "10.0.0.8", Address("web"), Requester.Controller("service-allocator"))),
        ("a ConfigMap beside it", world => world.Create("configmaps", "m")),
        ("the spec of a quota", world => world.Merge("resourcequotas", "q", """{ "spec": { "hard": { "pods": "5" } } }""")),
        ("a user's change of a node", world => world.Merge("nodes", "n", """{ "spec": { "unschedulable": true } }""")),
        ("a user's role", world => world.Create("clusterroles", "r")),
        ("who only bears the name of a part", world => world.Create("clusterroles", "r", "{}", new("system:rbac-bootstrap", "x", []))),
    ];

    private static async Task<string[]> Refused(WebhookWorld world, (string What, Func<WebhookWorld, Task<ObjectResult>> Do)[] writes)
    {
        Down(world);
        var refused = new List<string>();
        foreach (var (what, write) in writes)
        {
            if (await write(world) is ObjectRejected { Status: var status })
            {
                Assert.Contains("failed calling webhook", status.Message, StringComparison.Ordinal);
                refused.Add(what);
            }
        }
        return [.. refused];
    }

    /// <summary>A world with a webhook behind a Service that is asked about everything and does not answer.</summary>
    private static WebhookWorld Down(WebhookWorld world)
    {
        world.Put("services", "guard", $$"""{ "spec": { "selector": {{Behind}}, "clusterIP": "10.0.0.1", "ports": [ { "port": 443 } ] } }""");
        world.Put("services", "web", $$"""{ "spec": { "selector": {{Elsewhere}}, "clusterIP": "10.0.0.2", "ports": [ { "port": 80 } ] } }""");
        world.Put("pods", "guard", Pod(Behind));
        world.Put("pods", "web", Pod(Elsewhere));
        world.Put("deployments", "guard", Template(Behind));
        world.Put("resourcequotas", "q", """{ "spec": { "hard": { "pods": "9" } } }""");
        world.Put("nodes", "n", "{}");
        return world.Configure("validating", "down", WebhookWorld.Hook("down", client: Service));
    }

    private static string Pod(string labels) => $$"""{ "metadata": { "labels": {{labels}} }, "spec": { "terminationGracePeriodSeconds": 0, "containers": [ { "name": "c", "image": "i" } ] } }""";

    private static string Address(string service) => $$$"""{ "spec": { "parentRef": { "group": "", "resource": "services", "namespace": "default", "name": "{{{service}}}" } } }""";

    private static string Template(string labels) => $$"""{ "spec": { "replicas": 1, "selector": { "matchLabels": {{labels}} }, "template": {{Pod(labels).Replace("\"terminationGracePeriodSeconds\": 0, ", "", StringComparison.Ordinal)}} } }""";
}
