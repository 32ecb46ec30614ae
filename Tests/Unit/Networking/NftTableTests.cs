using System.Runtime.CompilerServices;
using k8s.Models;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class NftTableTests
{
    private static readonly NodeName Here = new("node-1");
    private readonly ProgrammedServices _programmed = new(Here, ProxyObjects.Network);

    [Fact]
    public void Whole_has_a_node_port_service_with_two_pods() => Golden("node-port", Whole(ProxyObjects.Service(), ("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", true, false)));

    [Fact]
    public void Whole_refuses_the_node_port_of_a_service_without_pods() => Golden("no-pods", Whole(ProxyObjects.Service()));

    [Fact]
    public void Whole_has_sticky_clients()
    {
        var service = ProxyObjects.Service(nodePort: 0);
        service.Spec.SessionAffinity = "ClientIP";
        Golden("sticky", Whole(service, ("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", true, false)));
    }

    [Fact]
    public void Whole_keeps_clients_outside_near_under_the_local_policy()
    {
        var service = ProxyObjects.Service();
        service.Spec.ExternalTrafficPolicy = "Local";
        service.Spec.ExternalIPs = ["203.0.113.7"];
        Golden("local", Whole(service, ("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", true, false)));
    }

    [Fact]
    public void Local_policies_drop_where_only_other_nodes_have_pods()
    {
        var service = ProxyObjects.Service();
        (service.Spec.ExternalTrafficPolicy, service.Spec.InternalTrafficPolicy) = ("Local", "Local");
        var text = Whole(service, ("10.244.2.2", "node-2", true, false));

        Assert.Contains("add element ip services addresses { 10.96.0.10 . tcp . 80 : drop }", text, StringComparison.Ordinal);
        Assert.Contains("add element ip services near_ports { tcp . 30080 : drop }", text, StringComparison.Ordinal);
        Assert.Contains("add element ip services ports { tcp . 30080 : goto port_1 }", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_of_one_endpoint_name_its_service_only()
    {
        Whole(ProxyObjects.Service(nodePort: 0), ("10.244.1.2", "node-1", true, false), ("10.244.1.3", "node-1", true, false));
        _programmed.Update([ProxyObjects.Service(nodePort: 0)], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false), ("10.244.1.4", "node-1", true, false))]);

        Assert.Equal("""
            define cluster = 10.244.0.0/16
            delete element ip services hairpin { 10.244.1.3 . 10.244.1.3 }
            delete element ip services slot_1 { 10.96.0.10 . tcp . 80 }
            add element ip services hairpin { 10.244.1.4 . 10.244.1.4 }
            add element ip services slot_1 { 10.96.0.10 . tcp . 80 : 10.244.1.4 . 8080 }

            """, Assert.Single(_programmed.Table.Changes()));
    }

    [Fact]
    public void Changes_make_what_is_new_before_anything_leads_to_it()
    {
        Whole(ProxyObjects.Service(nodePort: 0), ("10.244.1.2", "node-1", true, false));
        _programmed.Update([ProxyObjects.Service(nodePort: 0)], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false), ("10.244.1.4", "node-1", true, false))]);
        var steps = _programmed.Table.Changes();

        Assert.Equal(2, steps.Length);
        Assert.Contains("add chain ip services inside_2", steps[0], StringComparison.Ordinal);
        Assert.DoesNotContain("element", steps[0], StringComparison.Ordinal);
        Assert.Contains("goto inside_2", steps[1], StringComparison.Ordinal);
        Assert.DoesNotContain("add chain", steps[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_are_kept_until_they_are_written()
    {
        Whole(ProxyObjects.Service());
        _programmed.Update([ProxyObjects.Service()], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]);
        Assert.NotEmpty(_programmed.Table.Changes());
        Assert.NotEmpty(_programmed.Table.Changes());
        _programmed.Table.Written();
        Assert.Empty(_programmed.Table.Changes());
    }

    [Fact]
    public void Objects_that_are_the_same_are_not_looked_at_again()
    {
        var (service, slice) = (ProxyObjects.Service(), ProxyObjects.Slice(("10.244.1.2", "node-1", true, false)));
        _programmed.Update([service], [slice]);
        Assert.NotEmpty(_programmed.Table.Changes());
        _programmed.Table.Written();
        slice.Endpoints.Clear();
        _programmed.Update([service], [slice]);
        Assert.Empty(_programmed.Table.Changes());
    }

    [Fact]
    public void Address_of_a_service_is_not_taken_by_anothers_external_address()
    {
        var thief = ProxyObjects.Service("a-thief", "10.96.0.66", nodePort: 0);
        thief.Spec.ExternalIPs = ["10.96.0.10"];
        _programmed.Update(
            [thief, ProxyObjects.Service(nodePort: 0)],
            [ProxyObjects.SliceOf("a-thief", ("10.244.1.66", "node-1", true, false)), ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]);

        Assert.Contains("10.96.0.10 . tcp . 80 : 10.244.1.2 . 8080", _programmed.Table.Whole(), StringComparison.Ordinal);
    }

    [Fact]
    public void Change_that_is_more_than_the_table_says_so()
    {
        var (services, slices) = Many(1500, "10.244.1.2");
        _programmed.Update(services, slices);
        Assert.False(_programmed.Table.IsMostlyNew);
        _programmed.Table.Written();
        _programmed.Update(services.Take(700), slices);
        Assert.False(_programmed.Table.IsMostlyNew);
        _programmed.Update([], []);
        Assert.True(_programmed.Table.IsMostlyNew);
    }

    private static (IReadOnlyList<V1Service> Services, IReadOnlyList<V1EndpointSlice> Slices) Many(int count, string address) => (
        [.. Enumerable.Range(0, count).Select(i => ProxyObjects.Service($"s{i}", $"10.96.{1 + i / 200}.{1 + i % 200}", 0))],
        [.. Enumerable.Range(0, count).Select(i => ProxyObjects.SliceOf($"s{i}", (address, "node-1", true, false)))]);

    private string Whole(V1Service service, params (string, string, bool, bool)[] endpoints)
    {
        _programmed.Update([service], [ProxyObjects.Slice(endpoints)]);
        var text = _programmed.Table.Whole();
        _programmed.Table.Written();
        return text;
    }

    private static void Golden(string name, string text, [CallerFilePath] string here = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(here)!, "Golden", name + ".nft");
        Assert.True(File.Exists(file), $"There is no {file}; its text would be:\n{text}");
        Assert.Equal(File.ReadAllText(file), text);
    }
}
