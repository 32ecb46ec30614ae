using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>How long a control plane takes from the start of its process until it is ready to serve.</summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class StartBenchmark(ITestOutputHelper output)
{
    private readonly FigureTable _figures = new(output);

    [Fact]
    public async Task Start_empty_and_with_many_objects()
    {
        var plane = new ControlPlaneUnderTest();
        try
        {
            _figures.Add("start, empty database", $"{(await plane.Start()).TotalSeconds:0.00} s", "<= 3 s", Cost(plane));
            var objects = FigureTable.Scaled(50_000);
            var payload = new string('x', 1024);
            await Load.Run(plane, 64, objects, i => plane.Clients.Send(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", Encoding.UTF8.GetBytes(
                $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm-{{{i}}}"},"data":{"p":"{{{payload}}}"}}""")));
            await plane.Stop();
            _figures.Add($"start, {objects} objects of 1 KB", $"{(await plane.Start()).TotalSeconds:0.00} s", "<= 6 s", Cost(plane));
            Assert.Equal(objects, await Count(plane));
            await plane.Stop();
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    [Fact]
    public async Task Start_with_a_long_history()
    {
        var plane = new ControlPlaneUnderTest();
        try
        {
            await plane.Start();
            await plane.Stop();
            var (objects, rows) = (FigureTable.Scaled(50_000), FigureTable.Scaled(2_000_000));
            var payload = new string('x', 1024);
            await LongHistory.Write(plane.DataDirectory, objects, rows, _ => payload);
            _figures.Add($"start, {objects} objects, {rows} events", $"{(await plane.Start()).TotalSeconds:0.00} s", "<= 4 s", Cost(plane));
            Assert.Equal(objects, await Count(plane));
            await plane.Stop();
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    private static async Task<int> Count(ControlPlaneUnderTest plane) =>
        (await plane.Clients.Read("/api/v1/namespaces/default/configmaps")).GetProperty("items").EnumerateArray()
            .Count(item => item.GetProperty("metadata").GetProperty("name").GetString()!.StartsWith("cm-", StringComparison.Ordinal));

    private static string Cost(ControlPlaneUnderTest plane) => FormattableString.Invariant($"{plane.ProcessorTime.TotalSeconds:0.00} s CPU, {plane.Memory.Now:0} MB");
}
