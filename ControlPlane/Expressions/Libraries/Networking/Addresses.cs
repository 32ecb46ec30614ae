using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Networking;

/// <summary>An IP address.</summary>
internal sealed class AddressValue(IPAddress address) : CelOpaque(Name), ISized
{
    public const string Name = "net.IP";

    public IPAddress Address { get; } = address;

    public long Size => Address.AddressFamily == AddressFamily.InterNetwork ? 4 : 16;

    /// <summary>The address of a text, by strict rules: four decimal numbers without leading zeros, or IPv6 without a zone and without dots.</summary>
    public static string? Read(string text, out IPAddress? address)
    {
        address = null;
        if (text.Contains('%')) return $"IP address with zone value is not allowed: {text}";
        var isV6 = text.Contains(':');
        if (text.Length > 45 || text.AsSpan().ContainsAny("[]/") || !isV6 && !IsV4(text) || !IPAddress.TryParse(text, out var found))
        {
            return $"IP Address '{text}' parse error during conversion from string";
        }
        if (isV6 && text.Contains('.')) return $"IPv4-mapped IPv6 address is not allowed: {text}";
        address = found;
        return null;
    }

    public override bool Equal(CelOpaque other) => other is AddressValue value && Plain(value.Address).Equals(Plain(Address));

    public override string ToString() => Address.ToString();

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsV4(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 4 && parts.All(part => part.Length is > 0 and < 4 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0'));
    }
}

/// <summary>An address with the length of its network.</summary>
internal sealed class NetworkValue(IPAddress address, int length) : CelOpaque(Name), ISized
{
    public const string Name = "net.CIDR";

    public IPAddress Address { get; } = address;

    public int Length { get; } = length;

    public long Size => Address.AddressFamily == AddressFamily.InterNetwork ? 5 : 17;

    public static string? Read(string text, out NetworkValue? network)
    {
        network = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return $"network address parse error during conversion from string: no '/' in {text}";
        if (AddressValue.Read(text[..slash], out var address) is { } fault) return fault.Replace("IP address", "CIDR", StringComparison.Ordinal);
        var digits = text[(slash + 1)..];
        var most = address!.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (digits.StartsWith('0') && digits.Length > 1 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > most)
        {
            return $"network address parse error during conversion from string: bad length in {text}";
        }
        network = new(address, length);
        return null;
    }

    public bool Contains(IPAddress other) => other.AddressFamily == Address.AddressFamily && Masked(other, Length).Equals(Masked(Address, Length));

    public NetworkValue Masked() => new(Masked(Address, Length), Length);

    public override bool Equal(CelOpaque other) => other is NetworkValue value && value.Length == Length && value.Address.Equals(Address);

    public override string ToString() => $"{Address}/{Length}";

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
        {
            var kept = Math.Clamp(length - at * 8, 0, 8);
            bytes[at] &= (byte)(0xFF << (8 - kept));
        }
        return new(bytes);
    }
}
