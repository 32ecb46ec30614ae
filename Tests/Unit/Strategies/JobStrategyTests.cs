using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Strategies;

public sealed class JobStrategyTests
{
    private const string Pod = """ "template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"x"}]}} """;
    private static readonly KindCase Job = new("batch", "jobs");
    private static readonly KindCase CronJob = new("batch", "cronjobs");

    private static string[] Faults(string spec) => Job.CreateFaults(Of(spec));

    private static string Of(string spec = "\"suspend\":false") => "{\"spec\":{" + Pod + "," + spec + "}}";

    private static string Cron(string job, string spec = "\"suspend\":false") => "{\"spec\":{" + (spec.Contains("schedule", StringComparison.Ordinal) ? "" : "\"schedule\":\"* * * * *\",") + "\"jobTemplate\":{\"spec\":{" + Pod + "," + job + "}}," + spec + "}}";

    private static string Policy(string rule) => "\"podFailurePolicy\":{\"rules\":[" + rule + "]}";

    [Fact]
    public void Job_gets_its_defaults()
    {
        var spec = Job.Created(Of(""" "completionMode":"Indexed","completions":2,"backoffLimitPerIndex":1 """))["spec"]!;
        Assert.Equal((1, int.MaxValue, false, "TerminatingOrFailed"), ((int)spec["parallelism"]!, (int)spec["backoffLimit"]!, (bool)spec["suspend"]!, (string?)spec["podReplacementPolicy"]));
        spec = Job.Created(Of(Policy("""{"action":"Ignore","onPodConditions":[{"type":"DisruptionTarget"}]}""")))["spec"]!;
        Assert.Equal(("Failed", "NonIndexed"), ((string?)spec["podReplacementPolicy"], (string?)spec["completionMode"]));
        Assert.Equal("True", (string?)spec["podFailurePolicy"]!["rules"]![0]!["onPodConditions"]![0]!["status"]);
        Assert.False(Job.Created(Of(""" "parallelism":3 """))["spec"]!.AsObject().ContainsKey("completions"));
    }

    [Theory]
    [InlineData("\"completionMode\":\"Indexed\",\"parallelism\":1", "spec.completions: Required value: when completion mode is Indexed")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":1,\"parallelism\":100001", "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed")]
    [InlineData("\"backoffLimitPerIndex\":1", "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":1,\"maxFailedIndexes\":1", "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":1,\"maxFailedIndexes\":2,\"backoffLimitPerIndex\":1", "spec.maxFailedIndexes: Invalid value: 2: must be less than or equal to completions")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":100001,\"backoffLimitPerIndex\":1", "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000")]
    [InlineData("\"managedBy\":\"me\"", "spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")")]
    [InlineData("\"activeDeadlineSeconds\":-1", "spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("\"selector\":{\"matchLabels\":{\"batch.kubernetes.io/controller-uid\":\"x\"}}", "spec.selector: Invalid value: {\"matchLabels\":{\"batch.kubernetes.io/controller-uid\":\"x\"}}: `selector` not auto-generated")]
    [InlineData("\"successPolicy\":{\"rules\":[{\"succeededCount\":1}]}", "spec.successPolicy: Invalid value")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":3,\"successPolicy\":{\"rules\":[]}", "spec.successPolicy.rules: Required value")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":3,\"successPolicy\":{\"rules\":[{}]}", "spec.successPolicy.rules[0]: Required value: at least one of")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":3,\"successPolicy\":{\"rules\":[{\"succeededIndexes\":\"1-3\"}]}", "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"1-3\": error parsing succeededIndexes: too large index: \"3\"")]
    [InlineData("\"completionMode\":\"Indexed\",\"completions\":3,\"successPolicy\":{\"rules\":[{\"succeededIndexes\":\"0,1\",\"succeededCount\":3}]}", "spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2")]
    public void Job_with_a_fault_is_refused(string spec, string message) => Assert.Contains(Faults(spec), fault => fault.StartsWith(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"action":"FailIndex","onExitCodes":{"operator":"In","values":[1]}}""", "rules[0].action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set")]
    [InlineData("""{"action":"Count"}""", "rules[0]: Invalid value: {\"action\":\"Count\"}: specifying one of OnExitCodes and OnPodConditions is required")]
    [InlineData("""{"action":"Skip","onPodConditions":[{"type":"X"}]}""", "rules[0].action: Unsupported value: \"Skip\": supported values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"")]
    [InlineData("""{"action":"Count","onExitCodes":{"operator":"In","values":[0]}}""", "rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator")]
    [InlineData("""{"action":"Count","onExitCodes":{"operator":"In","values":[2,1]}}""", "rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered")]
    [InlineData("""{"action":"Count","onExitCodes":{"operator":"In","values":[2,2]}}""", "rules[0].onExitCodes.values[1]: Duplicate value: 2")]
    [InlineData("""{"action":"Count","onExitCodes":{"operator":"In","values":[2],"containerName":"b"}}""", "rules[0].onExitCodes.containerName: Invalid value: \"b\": must be one of the container or initContainer names in the pod template")]
    public void Failure_policy_with_a_fault_is_refused(string rule, string message) =>
        Assert.Contains(Faults(Policy(rule)), fault => fault.StartsWith($"spec.podFailurePolicy.{message}", StringComparison.Ordinal));

    [Fact]
    public void Failure_policy_needs_pods_that_are_not_restarted_and_replaced_when_they_failed()
    {
        var spec = Of(Policy("""{"action":"Ignore","onPodConditions":[{"type":"X"}]}""") + ",\"podReplacementPolicy\":\"TerminatingOrFailed\"").Replace("Never", "OnFailure", StringComparison.Ordinal);
        var faults = Job.CreateFaults(spec);
        Assert.Contains(faults, fault => fault.EndsWith("only \"Never\" is supported when podFailurePolicy is specified", StringComparison.Ordinal));
        Assert.Contains("spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"", faults);
    }

    [Fact]
    public void Indexed_job_changes_its_size_in_tandem_only()
    {
        var stored = Job.Create(Of(""" "completionMode":"Indexed","completions":3,"parallelism":3 """));
        Assert.Empty(Job.PatchFaults(stored, """{"spec":{"completions":5,"parallelism":5}}"""));
        Assert.Equal(["spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism"], Job.PatchFaults(stored, """{"spec":{"completions":5}}"""));
    }

    [Theory]
    [InlineData("""{"spec":{"completionMode":"Indexed"}}""", "spec.completionMode")]
    [InlineData("""{"spec":{"managedBy":"acme.io/x"}}""", "spec.managedBy")]
    [InlineData("""{"spec":{"template":{"spec":{"nodeSelector":{"a":"b"}}}}}""", "spec.template")]
    [InlineData("""{"spec":{"selector":{"matchLabels":{"a":"b"}}}}""", "spec.selector")]
    public void Job_that_started_keeps_what_it_is(string patch, string field) =>
        Assert.Contains(Job.PatchFaults(Job.Create(Of()), patch), fault => fault.StartsWith(field, StringComparison.Ordinal) && fault.EndsWith("field is immutable", StringComparison.Ordinal));

    [Fact]
    public void Job_that_never_started_may_still_be_placed()
    {
        var stored = Job.Create(Of("\"suspend\":true"));
        Assert.Empty(Job.PatchFaults(stored, """{"spec":{"template":{"metadata":{"annotations":{"a":"b"}},"spec":{"nodeSelector":{"a":"b"},"tolerations":[{"operator":"Exists"}]}}}}"""));
        Assert.NotEmpty(Job.PatchFaults(stored, """{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"y"}]}}}}"""));
        var started = Job.With(stored, it => it["status"] = new JsonObject { ["startTime"] = "2026-01-01T00:00:00Z" });
        Assert.NotEmpty(Job.PatchFaults(started, """{"spec":{"template":{"spec":{"nodeSelector":{"a":"b"}}}}}"""));
    }

    [Fact]
    public void Job_with_a_selector_of_its_own_keeps_it()
    {
        var spec = Job.Created("""
            {"spec":{"manualSelector":true,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"x"}]}}}}
            """)["spec"]!;
        Assert.Equal("""{"app":"web"}""", spec["template"]!["metadata"]!["labels"]!.ToJsonString());
        Assert.Equal("""{"matchLabels":{"app":"web"}}""", spec["selector"]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"timeZone\":\"Mars/Olympus\"", "spec.timeZone: Invalid value: \"Mars/Olympus\": unknown time zone Mars/Olympus")]
    [InlineData("\"timeZone\":\"\"", "spec.timeZone: Invalid value: \"\": must be nil or non-empty string")]
    [InlineData("\"timeZone\":\"local\"", "spec.timeZone: Invalid value: \"local\": timeZone must be an explicit time zone")]
    [InlineData("\"schedule\":\"61 * * * *\"", "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61")]
    [InlineData("\"concurrencyPolicy\":\"Queue\"", "spec.concurrencyPolicy: Unsupported value: \"Queue\": supported values: \"Allow\", \"Forbid\", \"Replace\"")]
    [InlineData("\"startingDeadlineSeconds\":-1", "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0")]
    public void CronJob_with_a_fault_is_refused(string spec, string message) => Assert.Contains(
        CronJob.CreateFaults(Cron("\"suspend\":false", spec)), fault => fault.StartsWith(message, StringComparison.Ordinal));

    [Fact]
    public void CronJob_template_has_no_selector() => Assert.Contains(
        CronJob.CreateFaults(Cron("\"selector\":{\"matchLabels\":{\"a\":\"b\"}}")),
        fault => fault.StartsWith("spec.jobTemplate.spec.selector: Invalid value", StringComparison.Ordinal));
}
