using ControlPlane.CommandLine.Clusters;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class BalancerConfigTests
{
    private static readonly ClusterDescription Real =
        MemberPlan.WithMembers(new("abc123", ClusterRuntime.Containerd, 6443, 6500, 6600, "10.98.7.0/24", null, null, []), 3);

    [Fact]
    public void Balancer_listens_on_loopback_and_the_bridge_and_passes_on_to_each_member()
    {
        var lines = Lines(Real, true);

        Assert.Equal(["bind 127.0.0.1:6443", "bind 10.98.7.254:6443"], lines.Where(line => line.StartsWith("bind", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "server cp-1 10.98.7.246:6443", "server cp-2 10.98.7.247:6443", "server cp-3 10.98.7.248:6443",
                "server cp-1-unchecked 10.98.7.246:6443 backup no-check", "server cp-2-unchecked 10.98.7.247:6443 backup no-check", "server cp-3-unchecked 10.98.7.248:6443 backup no-check",
            ],
            lines.Where(line => line.StartsWith("server ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Balancer_of_hollow_nodes_listens_on_loopback_only() =>
        Assert.Single(Lines(Real with { Runtime = ClusterRuntime.Hollow }, false), line => line.StartsWith("bind", StringComparison.Ordinal));

    [Fact]
    public void Members_are_asked_for_readiness_over_verified_tls_and_cut_off_when_they_have_none()
    {
        var check = Assert.Single(Lines(Real, true), line => line.StartsWith("default-server", StringComparison.Ordinal));

        // HAProxy's bound of a check's handshake is "inter", whatever "timeout check" says.
        foreach (var word in new[] { " inter 1s ", "check-ssl", "verify required", "ca-file \"/d/ca.crt\"", "verifyhost kubernetes", "on-marked-down shutdown-sessions" }) Assert.Contains(word, check, StringComparison.Ordinal);
        Assert.Contains(Lines(Real, true), line => line.Contains("uri /readyz?drain ", StringComparison.Ordinal));
    }

    [Fact]
    public void Root_is_given_up_where_it_was_had()
    {
        Assert.Contains("user haproxy", Lines(Real, true));
        Assert.DoesNotContain("user haproxy", Lines(Real, false));
    }

    private static string[] Lines(ClusterDescription cluster, bool privileged) => BalancerConfig.Render(cluster, "/d/ca.crt", privileged).Split('\n', StringSplitOptions.TrimEntries);
}
