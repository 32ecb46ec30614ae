using System.Globalization;
using System.Net;

namespace ControlPlane.Hosting;

/// <summary>Where something listens, by an IPv4 address or a name.</summary>
public sealed record HostAndPort(string Host, int Port)
{
    /// <summary>The host, if it is an address and not a name.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>Reads <c>host:port</c>; without a port it is <paramref name="usual"/>. Null when the text is neither, or the host no name or IPv4 address.</summary>
    public static HostAndPort? Read(string text, int? usual)
    {
        var (host, port) = text.Split(':') switch
        {
            [var name] => (name, usual),
            [var name, var number] => (name, int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : null),
            _ => ("", null),
        };
        return port is > 0 and <= ushort.MaxValue && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 ? new(host, port.Value) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}
