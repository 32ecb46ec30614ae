using NodeActor.Networking;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class StickyClientsTests
{
    private const string Listed = """
        {"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
        {"set": {"family": "ip", "name": "hairpin", "table": "services", "type": ["ipv4_addr", "ipv4_addr"], "handle": 7, "elem": [{"concat": ["10.244.1.2", "10.244.1.2"]}]}},
        {"set": {"family": "ip", "name": "clients_a", "table": "services", "type": "ipv4_addr", "handle": 8, "size": 65536, "flags": ["timeout", "dynamic"],
          "elem": [{"elem": {"val": "10.244.1.3", "timeout": 10800, "expires": 9000}}, {"elem": {"val": "10.244.1.4", "timeout": 10800, "expires": 0}}]}},
        {"set": {"family": "ip", "name": "clients_b", "table": "services", "type": "ipv4_addr", "handle": 9, "flags": ["timeout", "dynamic"]}},
        {"set": {"family": "ip", "name": "clients_c", "table": "somebodys", "type": "ipv4_addr", "handle": 2, "elem": ["10.0.0.1"]}}]}
        """;

    [Fact]
    public void Clients_with_time_left_are_read()
    {
        var clients = Assert.Single(StickyClients.Read(Listed));
        Assert.Equal(("clients_a", "10.244.1.3 timeout 10800s expires 9000s"), (clients.Key, Assert.Single(clients.Value)));
    }

    [Fact]
    public void Machine_without_sets_has_no_clients() => Assert.Empty(StickyClients.Read("""{"nftables": [{"metainfo": {"version": "1.0.6"}}]}"""));

    [Fact]
    public void Whole_keeps_the_clients_of_endpoints_that_there_are()
    {
        var service = ProxyObjects.Service();
        service.Spec.SessionAffinity = "ClientIP";
        var programmed = new ProgrammedServices(new("node-1"), ProxyObjects.Network);
        programmed.Update([service], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]);
        var set = programmed.Table.Whole().Split("add set ip services ")[1].Split(' ')[0];
        Assert.StartsWith(StickyClients.Prefix, set, StringComparison.Ordinal);

        var text = programmed.Table.Whole(StickyClients.Read(Listed.Replace("clients_a", set, StringComparison.Ordinal)));
        Assert.EndsWith($"add element ip services {set} {{ 10.244.1.3 timeout 10800s expires 9000s }}\n", text, StringComparison.Ordinal);
        Assert.Equal(programmed.Table.Whole(), programmed.Table.Whole(StickyClients.Read(Listed)));
    }
}
