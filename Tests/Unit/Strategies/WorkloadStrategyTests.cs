using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Strategies;

public sealed class WorkloadStrategyTests
{
    private const string Template = """ "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"a","image":"x:1"}]}} """;
    private const string Selector = """ "selector":{"matchLabels":{"app":"web"}} """;
    private static readonly KindCase Deployment = new("apps", "deployments");
    private static readonly KindCase StatefulSet = new("apps", "statefulsets");
    private static readonly KindCase Job = new("batch", "jobs");

    [Fact]
    public void Deployment_gets_its_defaults()
    {
        var spec = Deployment.Created($$$$"""{"spec":{ {{{{Selector}}}},{{{{Template}}}} }}""")["spec"]!.AsObject();
        Assert.Equal("""{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}""", spec["strategy"]!.ToJsonString());
        Assert.Equal((1, 10, 600), ((int)spec["replicas"]!, (int)spec["revisionHistoryLimit"]!, (int)spec["progressDeadlineSeconds"]!));
        Assert.Equal("Always", (string?)spec["template"]!["spec"]!["restartPolicy"]);
        Assert.False(spec["template"]!["spec"]!.AsObject().ContainsKey("enableServiceLinks"));
    }

    [Theory]
    [InlineData($$$$""" {{{{Template}}}} """, "spec.selector: Required value")]
    [InlineData($$$$""" "selector":{},{{{{Template}}}} """, "spec.selector: Invalid value: {}: empty selector is invalid for deployment")]
    [InlineData($$$$""" "selector":{"matchLabels":{"app":"db"}},{{{{Template}}}} """, "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`")]
    [InlineData($$$$""" "selector":{"matchExpressions":[{"key":"app","operator":"Is"}]},{{{{Template}}}} """, "spec.selector.matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator")]
    [InlineData($$$$""" {{{{Selector}}}} """, "spec.template: Required value")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"replicas":-1 """, "spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"progressDeadlineSeconds":5,"minReadySeconds":5 """, "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":"0%"}} """, "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"strategy":{"rollingUpdate":{"maxUnavailable":"101%"}} """, "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"strategy":{"rollingUpdate":{"maxSurge":"some"}} """, "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"some\": a valid percent string must be")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"strategy":{"type":"Recreate","rollingUpdate":{"maxSurge":1}} """, "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'")]
    [InlineData($$$$""" {{{{Selector}}}},{{{{Template}}}},"strategy":{"type":"Big"} """, "spec.strategy.type: Unsupported value: \"Big\": supported values: \"Recreate\", \"RollingUpdate\"")]
    [InlineData($$$$""" {{{{Selector}}}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"x"}]}} """,
        "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"")]
    [InlineData($$$$""" {{{{Selector}}}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"a"}]}} """, "spec.template.spec.containers[0].image: Required value")]
    [InlineData($$$$""" {{{{Selector}}}},"template":{"metadata":{"labels":{"app":"web","b":"c d"}},"spec":{"containers":[{"name":"a","image":"x"}]}} """, "spec.template.metadata.labels: Invalid value: \"c d\"")]
    public void Deployment_with_a_fault_is_refused(string spec, string message) =>
        Assert.Contains(Deployment.CreateFaults($$$$"""{"spec":{ {{{{spec}}}} }}"""), fault => fault.StartsWith(message, StringComparison.Ordinal));

    [Fact]
    public void Deployment_keeps_its_selector()
    {
        var stored = Deployment.Create($$$$"""{"spec":{ {{{{Selector}}}},{{{{Template}}}} }}""");
        Assert.Contains(Deployment.PatchFaults(stored, """{"spec":{"selector":{"matchLabels":{"b":"c"}},"template":{"metadata":{"labels":{"b":"c"}}}}}"""),
            fault => fault.StartsWith("spec.selector: Invalid value: ", StringComparison.Ordinal) && fault.EndsWith(": field is immutable", StringComparison.Ordinal));
        Assert.Empty(Deployment.PatchFaults(stored, """{"spec":{"replicas":5,"template":{"spec":{"containers":[{"name":"a","image":"x:2"}]}}}}"""));
    }

    [Fact]
    public void Deployment_changed_to_Recreate_needs_no_rolling_update()
    {
        var stored = Deployment.Create($$$$"""{"spec":{ {{{{Selector}}}},{{{{Template}}}} }}""");
        Assert.Equal("""{"type":"Recreate"}""", Deployment.Patched(stored, """{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}""")["spec"]!["strategy"]!.ToJsonString());
    }

    [Fact]
    public void ReplicaSet_keeps_its_selector_and_counts_from_one()
    {
        var sets = new KindCase("apps", "replicasets");
        var stored = sets.Create($$$$"""{"spec":{ {{{{Selector}}}},{{{{Template}}}} }}""");
        Assert.Equal(1, (int)stored.ToJsonObject()["spec"]!["replicas"]!);
        Assert.NotEmpty(sets.PatchFaults(stored, """{"spec":{"selector":{"matchLabels":{"b":"c"}},"template":{"metadata":{"labels":{"b":"c"}}}}}"""));
    }

    [Fact]
    public void ReplicationController_takes_its_selector_from_the_template()
    {
        var controllers = new KindCase("", "replicationcontrollers");
        Assert.Equal("""{"app":"web"}""", controllers.Created($$$$"""{"spec":{ {{{{Template}}}} }}""")["spec"]!["selector"]!.ToJsonString());
        Assert.Contains("`selector` does not match template `labels`", Assert.Single(controllers.CreateFaults($$$$"""{"spec":{"selector":{"a":"b"}, {{{{Template}}}} }}""")));
    }

    [Fact]
    public void StatefulSet_changes_only_in_what_may_change()
    {
        var stored = StatefulSet.Create($$$$"""{"spec":{"serviceName":"s", {{{{Selector}}}},{{{{Template}}}},"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"]}}] }}""");
        Assert.Equal("OrderedReady", (string?)stored.ToJsonObject()["spec"]!["podManagementPolicy"]);
        Assert.Empty(StatefulSet.PatchFaults(stored, """{"spec":{"replicas":3}}"""));
        Assert.StartsWith("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'", Assert.Single(StatefulSet.PatchFaults(stored, """{"spec":{"serviceName":"t"}}""")));
    }

    [Fact]
    public void StatefulSet_pods_may_mount_what_their_claims_give() => Assert.Empty(StatefulSet.CreateFaults($$$$"""
        {"spec":{ {{{{Selector}}}},"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"]}}],
         "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"a","image":"x","volumeMounts":[{"name":"data","mountPath":"/d"}]}]}} }}
        """));

    [Fact]
    public void DaemonSet_rolls_by_one()
    {
        var sets = new KindCase("apps", "daemonsets");
        Assert.Equal("""{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":1,"maxSurge":0}}""", sets.Created($$$$"""{"spec":{ {{{{Selector}}}},{{{{Template}}}} }}""")["spec"]!["updateStrategy"]!.ToJsonString());
        Assert.NotEmpty(sets.CreateFaults($$$$"""{"spec":{ {{{{Selector}}}},{{{{Template}}}},"updateStrategy":{"rollingUpdate":{"maxUnavailable":0,"maxSurge":0}} }}"""));
    }

    [Fact]
    public void Job_tells_its_pods_apart_by_its_uid()
    {
        var stored = Job.Create("""{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"x"}]}}}}""");
        var spec = stored.ToJsonObject()["spec"]!;
        Assert.Equal(stored.Uid, (string?)spec["selector"]!["matchLabels"]!["batch.kubernetes.io/controller-uid"]);
        Assert.Equal("web", (string?)spec["template"]!["metadata"]!["labels"]!["job-name"]);
        Assert.Equal((1, 1, 6), ((int)spec["completions"]!, (int)spec["parallelism"]!, (int)spec["backoffLimit"]!));
        Assert.Empty(Job.PatchFaults(stored, """{"spec":{"parallelism":3,"suspend":true}}"""));
        Assert.EndsWith("field is immutable", Assert.Single(Job.PatchFaults(stored, """{"spec":{"completions":3}}""")));
    }

    [Fact]
    public void Job_needs_pods_that_end() => Assert.Equal(
        ["spec.template.spec.restartPolicy: Unsupported value: \"Always\": supported values: \"OnFailure\", \"Never\""],
        Job.CreateFaults("""{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x"}]}}}}"""));

    [Theory]
    [InlineData("*/5 * * * *", true)]
    [InlineData("0 9 * * MON-FRI", true)]
    [InlineData("@hourly", true)]
    [InlineData("@sometimes", false)]
    [InlineData("* * * *", false)]
    [InlineData("* * * * $", false)]
    [InlineData("TZ=UTC * * * * *", false)]
    public void CronJob_needs_a_schedule(string schedule, bool valid) => Assert.Equal(valid, new KindCase("batch", "cronjobs").CreateFaults(
        $$$$$$$"""{"spec":{"schedule":"{{{{{{{schedule}}}}}}}","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"OnFailure","containers":[{"name":"a","image":"x"}]}}}}}}""").Length == 0);

    [Fact]
    public void Namespace_holds_until_its_finalizer_goes()
    {
        var namespaces = new KindCase("", "namespaces");
        var stored = namespaces.Create("{}");
        var tree = stored.ToJsonObject();
        Assert.Equal("""{"finalizers":["kubernetes"]}""", tree["spec"]!.ToJsonString());
        Assert.Equal("Active", (string?)tree["status"]!["phase"]);
        Assert.Equal("web", (string?)tree["metadata"]!["labels"]!["kubernetes.io/metadata.name"]);
        Assert.Equal("""["kubernetes"]""", namespaces.Updated(stored, """{"metadata":{"labels":{"a":"b"}}}""")["spec"]!["finalizers"]!.ToJsonString());
        var (dying, gone) = namespaces.Deleted(stored);
        Assert.Equal(("Terminating", false), ((string?)dying["status"]!["phase"], gone));
        Assert.True(namespaces.Deleted(namespaces.With(stored, it => it["spec"]!["finalizers"] = new JsonArray())).Gone);
    }
}
