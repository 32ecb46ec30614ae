using System.Net.Http.Headers;
using System.Text;

namespace Tests.Performance;

/// <summary>Objects without behaviour, written and read as fast as 64 clients can.</summary>
public static class ConfigMapLoad
{
    private const int Clients = 64;
    private static readonly MediaTypeHeaderValue MergePatch = new("application/merge-patch+json");

    /// <summary>Creates, reads, updates, patches, lists and deletes <paramref name="count"/> ConfigMaps of 1 KB.</summary>
    public static async Task Run(ControlPlaneUnderTest plane, FigureTable figures, string collection, int count)
    {
        var clients = plane.Clients;
        var payload = new string([.. Enumerable.Range(0, 1024).Select(_ => (char)Random.Shared.Next('a', 'z' + 1))]);
        var paths = Enumerable.Range(0, count).Select(i => $"{collection}/cm-{i}").ToArray();
        var patch = """{"data":{"v":"2"}}"""u8.ToArray();

        await Measure("create", ">= 4000/s", Bodies(0), (i, body) => clients.Send(HttpMethod.Post, collection, body));
        await Measure("get", ">= 10000/s", null, (i, _) => clients.Send(HttpMethod.Get, paths[i]));
        await Measure("update", ">= 3000/s", Bodies(1), (i, body) => clients.Send(HttpMethod.Put, paths[i], body));
        await Measure("merge patch", ">= 3000/s", null, (i, _) => clients.Send(HttpMethod.Patch, paths[i], patch, MergePatch));
        await List();
        await Measure("delete", "", null, (i, _) => clients.Send(HttpMethod.Delete, paths[i]));

        async Task Measure(string verb, string target, byte[][]? bodies, Func<int, byte[]?, Task> operation)
        {
            var load = await Load.Run(plane, Clients, count, i => operation(i, bodies?[i]));
            figures.Add($"configmaps, {count} x 1 KB: {verb}", load.Figure, target, load.Cost);
        }

        async Task List()
        {
            var bytes = new long[20];
            var load = await Load.Run(plane, 4, bytes.Length, async i => bytes[i] = await clients.Send(HttpMethod.Get, collection));
            // What lists hold is looked at once and unmeasured. Every namespace has a ConfigMap that is not one of these.
            var items = (await clients.Read(collection)).GetProperty("items").EnumerateArray()
                .Count(item => item.GetProperty("data").TryGetProperty("v", out var version) && version.ValueEquals("2"u8));
            if (items != count || bytes.Any(size => size < count * 1024L)) throw new InvalidOperationException($"A list holds {items} patched ConfigMaps of {count}, in {bytes.Min()} bytes.");
            figures.Add($"configmaps, {count} x 1 KB: list of all", load.Figure, ">= 20/s", $"{load.Cost}, {bytes[0] / 1e6:0.0} MB");
        }

        byte[][] Bodies(int version) => [.. Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes(
            $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm-{{{i}}}"},"data":{"v":"{{{version}}}","p":"{{{payload}}}"}}"""))];
    }
}
