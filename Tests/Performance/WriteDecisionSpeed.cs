using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// What deciding about one write costs in an object's actor, from the command to the event, in time and in allocated bytes. Prints figures and asserts only
/// that each write was accepted. Run with <c>--filter Category=Performance</c>.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class WriteDecisionSpeed(ITestOutputHelper output)
{
    private const int Rounds = 9;
    private const int Writes = 4000;
    private static readonly Requester By = new("someone", "test", []);
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static string Map => $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","labels":{"app":"web"}},"data":{"v":"1","p":"{{{new string('x', 1024)}}}"}}""";

    private const string Pod = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"default","labels":{"app":"web","tier":"front"}},"spec":{"restartPolicy":"Always",
        "containers":[{"name":"main","image":"nginx:1","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}},
        "env":[{"name":"A","value":"1"},{"name":"B","valueFrom":{"configMapKeyRef":{"name":"settings","key":"a"}}}],"readinessProbe":{"httpGet":{"path":"/","port":80}}}],
        "volumes":[{"name":"tmp","emptyDir":{}}],"tolerations":[{"key":"k","operator":"Exists"}]}}
        """;

    private const string Status = """
        {"phase":"Running","podIP":"10.0.0.1","hostIP":"10.0.0.9","startTime":"2030-01-01T00:00:00Z","conditions":[
        {"type":"Ready","status":"True","lastTransitionTime":"2030-01-01T00:00:00Z"},{"type":"ContainersReady","status":"True","lastTransitionTime":"2030-01-01T00:00:00Z"}],
        "containerStatuses":[{"name":"main","ready":true,"restartCount":0,"image":"nginx:1","imageID":"x","state":{"running":{"startedAt":"2030-01-01T00:00:00Z"}}}]}
        """;

    [Fact]
    public void Deciding_writes()
    {
        var figures = new FigureTable(output);
        var (map, pod) = (Stored("configmaps", Map), Stored("pods", Pod));
        Measure(figures, "create of a ConfigMap", map.Key, null, _ => new CreateObject(map.Key, new(Encoding.UTF8.GetBytes(Map)), By));
        Measure(figures, "update of a ConfigMap", map.Key, map, i => new UpdateObject(map.Key, new(Encoding.UTF8.GetBytes(Map.Replace("\"1\"", $"\"{i + 2}\"", StringComparison.Ordinal))), "", By));
        Measure(figures, "client's merge patch of a ConfigMap", map.Key, map, i => Client(map.Key, PatchFormat.Merge, $$$"""{"data":{"v":"{{{i + 2}}}"}}"""));
        Measure(figures, "delete of a ConfigMap", map.Key, map, _ => new DeleteObject(map.Key, null, Propagation.Background, By));
        Measure(figures, "create of a Pod", pod.Key, null, _ => new CreateObject(pod.Key, new(Encoding.UTF8.GetBytes(Pod)), By));
        Measure(figures, "client's strategic patch of a Pod", pod.Key, pod, i => Client(pod.Key, PatchFormat.StrategicMerge, $$$"""{"spec":{"containers":[{"name":"main","image":"nginx:{{{i + 2}}}"}]}}"""));
        var status = JsonNode.Parse(Status)!.AsObject();
        Measure(figures, "status patch of a Pod", pod.Key, pod, i =>
        {
            status["podIP"] = $"10.0.{i % 200}.2";
            return new PatchObject(pod.Key, new StatusPatch(status), "status", By);
        });
        var applied = new ApplyObject(pod.Key, new(Encoding.UTF8.GetBytes(Pod)), "", By) { Force = true };
        var managed = Stored(ObjectDecider.Decide(TestCatalogue.Default.FindStored(pod.Key.GroupResource)!, pod, applied, Now).Event!);
        Measure(figures, "apply of a changed Pod", pod.Key, managed, i => applied with { Config = new(Encoding.UTF8.GetBytes(Pod.Replace("nginx:1", $"nginx:{i + 2}", StringComparison.Ordinal))) });
    }

    /// <summary>What it costs to tell for the first time who manages the fields of an object; from then on it is a copy.</summary>
    [Fact]
    public void Telling_who_manages_fields()
    {
        var figures = new FigureTable(output);
        var (kind, pod) = (TestCatalogue.Default.FindStored(new("", "pods"))!, Stored("pods", Pod));
        foreach (var (what, first) in new[] { ("first answer with a Pod", true), ("later answer with a Pod", false) })
        {
            var best = (Microseconds: double.MaxValue, Bytes: long.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                var copies = Enumerable.Range(0, Writes).Select(_ => first ? new StoredObject(pod.Key, pod.Json, pod.Revision, pod.Header, pod.Managed) : pod).ToArray();
                var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
                foreach (var each in copies) ManagedFieldsView.Join(each, kind, many: true);
                best = (Math.Min(best.Microseconds, Stopwatch.GetElapsedTime(started).TotalMicroseconds / Writes), Math.Min(best.Bytes, (GC.GetAllocatedBytesForCurrentThread() - allocated) / Writes));
            }
            figures.Add($"managed fields: {what}", (FormattableString)$"{best.Microseconds:0.0} µs and {best.Bytes} bytes allocated");
        }
    }

    private static PatchObject Client(ObjectKey key, PatchFormat format, string body) => new(key, new ClientPatch(format, new(Encoding.UTF8.GetBytes(body)), FieldValidation.Warn), "", By);

    private static StoredObject Stored(string plural, string json)
    {
        var key = new ObjectKey("", plural, "default", plural == "pods" ? "web-0" : "settings");
        return Stored(ObjectDecider.Decide(TestCatalogue.Default.FindStored(key.GroupResource)!, null, new CreateObject(key, new(Encoding.UTF8.GetBytes(json)), By), Now).Event!);
    }

    private static StoredObject Stored(ObjectStored stored)
    {
        stored.Committed(4711);
        return stored.ToStored();
    }

    private static void Measure(FigureTable figures, string what, ObjectKey key, StoredObject? state, Func<int, ObjectCommand> command)
    {
        var kind = TestCatalogue.Default.FindStored(key.GroupResource)!;
        var commands = Enumerable.Range(0, Writes).Select(command).ToArray();
        var best = (Microseconds: double.MaxValue, Bytes: long.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            foreach (var each in commands)
            {
                if (ObjectDecider.Decide(kind, state, each, Now).Event is not { } stored) throw new InvalidOperationException($"{what} was not accepted.");
                stored.Committed(4712);
            }
            var elapsed = Stopwatch.GetElapsedTime(started);
            best = (Math.Min(best.Microseconds, elapsed.TotalMicroseconds / Writes), Math.Min(best.Bytes, (GC.GetAllocatedBytesForCurrentThread() - allocated) / Writes));
        }
        figures.Add($"deciding: {what}", (FormattableString)$"{best.Microseconds:0.0} µs and {best.Bytes} bytes allocated");
    }
}
