using Xunit;

namespace Tests.Unit.Catalogue;

/// <summary>The first four columns of <c>kubectl get pods</c>.</summary>
public sealed class PodStatusTextTests
{
    private const string Meta = "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2024-01-01T00:00:00Z\"}";
    private const string Deleting = "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2024-01-01T00:00:00Z\",\"deletionTimestamp\":\"2024-01-01T00:30:00Z\"}";
    private const string One = "\"spec\":{\"containers\":[{\"name\":\"a\"}]}";
    private const string Two = "\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}";
    private const string WithInit = "\"spec\":{\"initContainers\":[{\"name\":\"i\"},{\"name\":\"j\"}],\"containers\":[{\"name\":\"a\"}]}";
    private const string WithSidecar = "\"spec\":{\"initContainers\":[{\"name\":\"s\",\"restartPolicy\":\"Always\"}],\"containers\":[{\"name\":\"a\"}]}";
    private const string Running = "{\"name\":\"a\",\"ready\":true,\"restartCount\":0,\"state\":{\"running\":{}}}";

    [Theory]
    [InlineData(Meta, One, """{"phase":"Pending"}""", "x|0/1|Pending|0")]
    [InlineData(Meta, One, """{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}""", "x|0/1|SchedulingGated|0")]
    [InlineData(Meta, One, """{"phase":"Pending","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}""", "x|0/1|ContainerCreating|0")]
    [InlineData(Meta, One, $$$$"""{"phase":"Running","containerStatuses":[{{{{Running}}}}]}""", "x|1/1|Running|0")]
    [InlineData(Meta, One, """{"phase":"Running","containerStatuses":[{"name":"a","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"finishedAt":"2024-01-01T00:59:55Z"}}}]}""", "x|0/1|CrashLoopBackOff|3 (5s ago)")]
    [InlineData(Meta, One, """{"phase":"Failed","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":2}}}]}""", "x|0/1|ExitCode:2|0")]
    [InlineData(Meta, One, """{"phase":"Failed","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":137,"signal":9}}}]}""", "x|0/1|Signal:9|0")]
    [InlineData(Meta, One, """{"phase":"Failed","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}""", "x|0/1|OOMKilled|0")]
    [InlineData(Meta, One, """{"phase":"Failed","reason":"Evicted"}""", "x|0/1|Evicted|0")]
    [InlineData(Meta, One, """{"phase":"Succeeded","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", "x|0/1|Completed|0")]
    [InlineData(Meta, Two, $$$$"""{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],"containerStatuses":[{"name":"b","state":{"terminated":{"reason":"Completed"}}},{{{{Running}}}}]}""", "x|1/2|NotReady|0")]
    [InlineData(Meta, Two, $$$$"""{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"b","state":{"terminated":{"reason":"Completed"}}},{{{{Running}}}}]}""", "x|1/2|Running|0")]
    [InlineData(Deleting, One, $$$$"""{"phase":"Running","containerStatuses":[{{{{Running}}}}]}""", "x|1/1|Terminating|0")]
    [InlineData(Deleting, One, """{"phase":"Failed","reason":"Evicted"}""", "x|0/1|Evicted|0")]
    [InlineData(Deleting, One, """{"phase":"Running","reason":"NodeLost"}""", "x|0/1|Unknown|0")]
    [InlineData(Meta, WithInit, """{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}}},{"name":"j","state":{"running":{}}}]}""", "x|0/1|Init:1/2|0")]
    [InlineData(Meta, WithInit, """{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"waiting":{"reason":"PodInitializing"}}}]}""", "x|0/1|Init:0/2|0")]
    [InlineData(Meta, WithInit, """{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":2,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}""", "x|0/1|Init:CrashLoopBackOff|2")]
    [InlineData(Meta, WithInit, """{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":1,"reason":"Error"}}}]}""", "x|0/1|Init:Error|0")]
    [InlineData(Meta, WithInit, """{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":3}}}]}""", "x|0/1|Init:ExitCode:3|0")]
    [InlineData(Meta, WithSidecar, $$$$"""{"phase":"Running","initContainerStatuses":[{"name":"s","started":true,"ready":true,"restartCount":1,"state":{"running":{}}}],"containerStatuses":[{{{{Running}}}}]}""", "x|2/2|Running|1")]
    [InlineData(Meta, WithInit, $$$$"""{"phase":"Running","initContainerStatuses":[{"name":"i","restartCount":4,"state":{"terminated":{"exitCode":0}}},{"name":"j","state":{"terminated":{"exitCode":0}}}],"containerStatuses":[{{{{Running}}}}]}""", "x|1/1|Running|0")]
    public void Pod_is_summed_up_as_kubectl_users_know_it(string metadata, string spec, string status, string cells)
    {
        var shown = TablePrinterTests.Cells(TablePrinterTests.Find("v1", "pods"), $"{{{metadata},{spec},\"status\":{status}}}");
        Assert.Equal(cells, string.Join('|', shown.Split('|')[..4]));
    }
}
