using ControlPlane.Gateway;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>What HAProxy is told.</summary>
public static class BalancerConfig
{
    /// <summary>
    /// A TCP balancer on loopback and the cluster's own address. A member counts as there when its <c>/readyz</c> says so over TLS that the cluster's authority
    /// vouches for; when it no longer does, its connections are cut, so that clients come again by themselves. One that says it is about to end gets no new ones, and goes on with
    /// those it has. HAProxy gives a check no longer than <c>inter</c> for the connection and the TLS handshake: three in a row that take longer than a second
    /// are a member that stands still, less than that a machine that is busy. A watch may be silent for hours. Where none counts as there, as on a machine that is too busy to
    /// answer checks, all are tried: it is no worse than refusing everybody.
    /// </summary>
    /// <param name="authority">The file with the authority's certificate.</param>
    /// <param name="privileged">Whether it is started as root, which it then gives up.</param>
    public static string Render(ClusterDescription cluster, string authority, bool privileged)
    {
        string[] addresses = [.. new[] { "127.0.0.1", cluster.ControlPlaneAddress }.Distinct()];
        return $"""
            global
              maxconn 4096
              hard-stop-after 30s
            {(privileged ? "  user haproxy\n  group haproxy\n" : "")}
            defaults
              mode tcp
              option clitcpka
              option srvtcpka
              option redispatch 1
              retries 3
              timeout connect 2s
              timeout check 3s
              timeout client 24h
              timeout server 24h
              timeout tunnel 24h

            frontend api
            {string.Join('\n', addresses.Select(address => $"  bind {address}:{cluster.Port}"))}
              default_backend control-planes

            backend control-planes
              balance leastconn
              option httpchk
              http-check send meth GET uri /readyz?{InfoHandler.DrainParameter} ver HTTP/1.1 hdr Host kubernetes
              http-check expect status 200
              http-check disable-on-404
              default-server check check-ssl verify required verifyhost kubernetes ca-file "{authority}" inter 1s fastinter 250ms downinter 250ms fall 3 rise 1 on-marked-down shutdown-sessions
            {string.Join('\n', cluster.Members.Select(member => $"  server {member.Name} {member.Address}:{member.Port}"))}
              option allbackups
            {string.Join('\n', cluster.Members.Select(member => $"  server {member.Name}-unchecked {member.Address}:{member.Port} backup no-check"))}

            """;
    }
}
