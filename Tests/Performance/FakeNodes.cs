using System.Text;

namespace Tests.Performance;

/// <summary>Nodes that nobody runs: registered over REST with their status, half of them with one kind of disk, over three zones.</summary>
public static class FakeNodes
{
    private const string Capacity = """{"cpu":"32","memory":"64Gi","pods":"110"}""";

    /// <summary>Registers nodes 0 to <paramref name="count"/> - 1.</summary>
    public static Task<Load> Register(ControlPlaneUnderTest plane, int count)
    {
        var now = $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ}";
        var bodies = Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes(Node(i, now))).ToArray();
        return Load.Run(plane, 64, count, i => plane.Clients.Send(HttpMethod.Post, "/api/v1/nodes", bodies[i]));
    }

    private static string Node(int index, string now) => $$$"""
        {"apiVersion":"v1","kind":"Node",
         "metadata":{"name":"fake-{{{index}}}","labels":{"kubernetes.io/hostname":"fake-{{{index}}}","topology.kubernetes.io/zone":"zone-{{{index % 3}}}","disk":"{{{(index % 2 == 0 ? "ssd" : "hdd")}}}"}},
         "status":{"capacity":{{{Capacity}}},"allocatable":{{{Capacity}}},
          "conditions":[{"type":"Ready","status":"True","reason":"KubeletReady","lastHeartbeatTime":"{{{now}}}","lastTransitionTime":"{{{now}}}"}],
          "addresses":[{"type":"InternalIP","address":"10.1.{{{index / 250}}}.{{{index % 250}}}"}]}}
        """;
}
