using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace ControlPlane.Networking.Allocation;

/// <summary>
/// An IPv4 range that addresses are taken from. The network's own address and the broadcast address are not given to anyone; the first
/// usable one is the API server's.
/// </summary>
public sealed class AddressRange
{
    private readonly uint _network;

    private AddressRange(uint network, int prefix) => (_network, Prefix) = (network, prefix);

    public int Prefix { get; }

    /// <summary>How many addresses can be given, the API server's included.</summary>
    public int Count => (int)((1u << (32 - Prefix)) - 2);

    /// <summary>The address of the <c>kubernetes</c> Service.</summary>
    public string First => At(0);

    /// <summary>
    /// Addresses below this place are taken last, so that the ones people choose by hand (DNS at .10) are mostly free: Kubernetes' static band.
    /// </summary>
    public int DynamicFrom => Math.Min(Count - 1, Math.Min(Math.Max(16, Count / 16), 256));

    /// <summary>The usable address at a place, from 0.</summary>
    public string At(int place)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _network + 1 + (uint)place);
        return new IPAddress(bytes).ToString();
    }

    /// <summary>Whether the text is one of the usable addresses, written the usual way.</summary>
    public bool Contains(string text)
    {
        if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetwork || address.ToString() != text) return false;
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        var place = (long)BinaryPrimitives.ReadUInt32BigEndian(bytes) - _network - 1;
        return place >= 0 && place < Count;
    }

    /// <summary>Reads a CIDR of IPv4 with a prefix of 12 to 29.</summary>
    public static bool TryParse(string cidr, [NotNullWhen(true)] out AddressRange? range)
    {
        range = null;
        if (!IPNetwork.TryParse(cidr, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || network.PrefixLength is < 12 or > 29) return false;
        Span<byte> bytes = stackalloc byte[4];
        network.BaseAddress.TryWriteBytes(bytes, out _);
        range = new(BinaryPrimitives.ReadUInt32BigEndian(bytes), network.PrefixLength);
        return true;
    }
}
