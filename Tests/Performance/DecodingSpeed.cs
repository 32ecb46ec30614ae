using System.Diagnostics;
using System.Text;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// What reading one body along its schema costs, in time and in allocated bytes. Prints figures and asserts only that the bodies were read. Run
/// with <c>--filter Category=Performance</c>.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class DecodingSpeed(ITestOutputHelper output)
{
    private const int Rounds = 7;

    [Theory]
    [InlineData("", "configmaps", 40000, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","labels":{"app":"web"}},"data":{"a":"1","b":"two","c":"three"}}""")]
    [InlineData("", "pods", 10000, """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"default","labels":{"app":"web","tier":"front"}},"spec":{"restartPolicy":"Always",
        "containers":[{"name":"main","image":"nginx:1","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}},
        "env":[{"name":"A","value":"1"},{"name":"B","valueFrom":{"configMapKeyRef":{"name":"settings","key":"a"}}}],"readinessProbe":{"httpGet":{"path":"/","port":80}}}],
        "volumes":[{"name":"tmp","emptyDir":{}}],"tolerations":[{"key":"k","operator":"Exists"}]},
        "status":{"phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2024-01-01T00:00:00Z"}]}}
        """)]
    [InlineData("apps", "deployments", 10000, """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}},
        "strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":0}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[
        {"name":"main","image":"nginx:1","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"1"}}}]}}}}
        """)]
    public void Reading_bodies(string group, string plural, int count, string json)
    {
        var kind = TestCatalogue.Default.FindStored(new(group, plural))!;
        var body = Encoding.UTF8.GetBytes(json);
        var best = (Nanoseconds: double.MaxValue, Bytes: long.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            var (each, bytes) = Measure(kind, body, count);
            best = (Math.Min(best.Nanoseconds, each), Math.Min(best.Bytes, bytes));
        }
        new FigureTable(output).Add($"decoding {plural}, {body.Length} bytes", $"{best.Nanoseconds:0} ns and {best.Bytes} bytes allocated an object");
    }

    private static (double Nanoseconds, long Bytes) Measure(KindDefinition kind, byte[] body, int count)
    {
        var read = 0;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            if (ObjectDecoder.DecodeJson(body, kind, FieldValidation.Strict).Object is not null) read++;
        }
        var elapsed = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.Equal(count, read);
        return (elapsed.TotalNanoseconds / count, allocated / count);
    }
}
