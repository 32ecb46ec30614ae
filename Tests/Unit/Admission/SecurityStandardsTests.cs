using System.Text.Json.Nodes;
using ControlPlane.Admission.PodSecurity;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What the levels of the Pod Security Standards forbid.</summary>
public sealed class SecurityStandardsTests
{
    private const string Meek = """
        { "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
          "containers": [ { "name": "a", "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] } } } ],
          "volumes": [ { "name": "v", "emptyDir": {} }, { "name": "t", "projected": { "sources": [] } } ] }
        """;

    [Fact]
    public void Meek_pod_meets_every_level()
    {
        foreach (var level in Enum.GetValues<SecurityLevel>()) Assert.Empty(SecurityStandards.Faults(level, null, Parse(Meek)));
    }

    [Fact]
    public void Plain_pod_meets_the_baseline_and_breaks_what_is_restricted() => Assert.Equal(
        [
            """allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false)""",
            """runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true)""",
            """seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")""",
            """unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"])""",
        ],
        Check(SecurityLevel.Restricted, """{ "initContainers": [ { "name": "a" } ], "containers": [ { "name": "b" } ] }"""));

    [Theory]
    [InlineData("""{ "hostNetwork": true, "hostPID": true }""", "host namespaces (hostNetwork=true, hostPID=true)")]
    [InlineData("""{ "containers": [ { "name": "a", "securityContext": { "privileged": true } } ] }""", """privileged (container "a" must not set securityContext.privileged=true)""")]
    [InlineData("""{ "containers": [ { "name": "a", "securityContext": { "capabilities": { "add": ["SYS_ADMIN", "CHOWN", "NET_RAW"] } } } ] }""", """non-default capabilities (container "a" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)""")]
    [InlineData("""{ "volumes": [ { "name": "x", "hostPath": { "path": "/" } }, { "name": "y", "hostPath": { "path": "/" } } ] }""", """hostPath volumes (volumes "x", "y")""")]
    [InlineData("""{ "containers": [ { "name": "a", "ports": [ { "containerPort": 80, "hostPort": 8080 } ] } ] }""", """hostPort (container "a" uses hostPort 8080)""")]
    [InlineData("""{ "securityContext": { "seLinuxOptions": { "type": "spc_t" } } }""", "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions)")]
    [InlineData("""{ "containers": [ { "name": "a", "securityContext": { "procMount": "Unmasked" } } ] }""", """procMount (container "a" must not set securityContext.procMount to "Unmasked")""")]
    [InlineData("""{ "securityContext": { "seccompProfile": { "type": "Unconfined" } } }""", """seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")""")]
    [InlineData("""{ "securityContext": { "sysctls": [ { "name": "kernel.msgmax", "value": "1" }, { "name": "net.ipv4.tcp_rmem", "value": "1" } ] } }""", "forbidden sysctls (kernel.msgmax)")]
    [InlineData("""{ "securityContext": { "windowsOptions": { "hostProcess": true } } }""", "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)")]
    [InlineData("""{ "containers": [ { "name": "a", "livenessProbe": { "httpGet": { "host": "169.254.169.254", "port": 80 } } } ] }""", """probe or lifecycle host (container "a" must not set host fields of probes or lifecycle hooks)""")]
    public void Baseline_forbids_what_reaches_out_of_the_pod(string spec, string fault) => Assert.Equal([fault], Check(SecurityLevel.Baseline, spec));

    [Theory]
    [InlineData("""{ "volumes": [ { "name": "n", "nfs": { "server": "s", "path": "/" } } ] }""", """restricted volume types (volume "n" uses restricted volume type "nfs")""")]
    [InlineData("""{ "securityContext": { "runAsUser": 0 } }""", "runAsUser=0 (pod must not set runAsUser=0)")]
    [InlineData("""{ "containers": [ { "name": "a", "securityContext": { "runAsNonRoot": false } } ] }""", """runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)""")]
    [InlineData("""{ "containers": [ { "name": "a", "securityContext": { "capabilities": { "add": ["CHOWN"] } } } ] }""", """unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)""")]
    public void Restricted_forbids_more(string change, string fault)
    {
        var spec = Parse(Meek);
        ControlPlane.Objects.Patching.MergePatch.Merge(spec, Parse(change));
        if (change.Contains("containers", StringComparison.Ordinal))
        {
            // What the change does not name is as it was.
            var context = (JsonObject)spec["containers"]![0]!["securityContext"]!;
            context["allowPrivilegeEscalation"] = false;
            if (context["capabilities"] is not JsonObject capabilities) context["capabilities"] = capabilities = [];
            capabilities["drop"] = new JsonArray("ALL");
        }
        Assert.Equal(fault, Assert.Single(SecurityStandards.Faults(SecurityLevel.Restricted, null, spec)));
    }

    [Fact]
    public void What_breaks_a_level_breaks_the_stricter_one()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var spec = Generated(new Random(seed));
            var (baseline, restricted) = (SecurityStandards.Faults(SecurityLevel.Baseline, null, spec), SecurityStandards.Faults(SecurityLevel.Restricted, null, spec));
            Assert.True(baseline.IsEmpty || !restricted.IsEmpty, $"seed {seed}: {spec.ToJsonString()}: {string.Join(", ", baseline)}");
        }
    }

    [Fact]
    public void Labels_that_say_nothing_are_named_and_restrict()
    {
        var errors = new FieldErrors();
        var labels = new Dictionary<string, string> { ["pod-security.kubernetes.io/enforce"] = "strict", ["pod-security.kubernetes.io/warn-version"] = "1.30", ["app"] = "x" };
        NamespacePolicy.Validate(labels, errors);
        Assert.Equal(["metadata.labels[pod-security.kubernetes.io/enforce]", "metadata.labels[pod-security.kubernetes.io/warn-version]"], errors.Causes.Select(cause => cause.Field));
        Assert.Equal("restricted:latest", NamespacePolicy.Of(labels).Enforce.ToString());
        Assert.True(NamespacePolicy.Of(new Dictionary<string, string> { ["app"] = "x" }).IsNone);
    }

    private static JsonObject Generated(Random random)
    {
        bool Odds() => random.Next(4) == 0;
        var container = new JsonObject { ["name"] = "a" };
        var context = new JsonObject();
        if (Odds()) context["privileged"] = true;
        if (!Odds()) context["allowPrivilegeEscalation"] = false;
        if (!Odds()) context["runAsNonRoot"] = !Odds();
        if (!Odds()) context["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL"), ["add"] = Odds() ? new JsonArray(random.Next(2) == 0 ? "SYS_ADMIN" : "CHOWN") : new JsonArray() };
        if (!Odds()) context["seccompProfile"] = new JsonObject { ["type"] = Odds() ? "Unconfined" : "RuntimeDefault" };
        if (Odds()) context["procMount"] = "Unmasked";
        container["securityContext"] = context;
        if (Odds()) container["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 1, ["hostPort"] = 1 });
        var spec = new JsonObject { ["containers"] = new JsonArray(container) };
        if (Odds()) spec["hostIPC"] = true;
        if (Odds()) spec["volumes"] = new JsonArray(new JsonObject { ["name"] = "v", [Odds() ? "hostPath" : "emptyDir"] = new JsonObject() });
        if (Odds()) spec["securityContext"] = new JsonObject { ["runAsNonRoot"] = Odds(), ["windowsOptions"] = new JsonObject { ["hostProcess"] = Odds() } };
        return spec;
    }

    private static IEnumerable<string> Check(SecurityLevel level, string spec) => SecurityStandards.Faults(level, null, Parse(spec));

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
