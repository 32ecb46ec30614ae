using System.Net;

namespace NodeActor.Hollow;

/// <summary>The pod addresses of one simulated node. Its range comes with the registration; until then pods have no address.</summary>
public sealed class HollowAddresses
{
    private readonly HashSet<uint> _taken = [];
    private volatile string _cidr = "";
    private uint _next;

    /// <summary>Sets the range; callable from any thread.</summary>
    public void Use(string podCidr) => _cidr = podCidr;

    /// <summary>A free address, empty if there is none. For the node's own actor only, like <see cref="Return"/>.</summary>
    public string Take()
    {
        if (!IPNetwork.TryParse(_cidr, out var range) || range.BaseAddress.GetAddressBytes() is not { Length: 4 } bytes) return "";
        var size = 1u << (32 - range.PrefixLength);
        for (var i = 0u; i < size; i++)
        {
            // The first address is the network's, the second the bridge's, the last the broadcast's.
            var offset = 2 + (_next++ % Math.Max(1, size - 3));
            if (!_taken.Add(offset)) continue;
            var address = (uint)(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]) + offset;
            return $"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}";
        }
        return "";
    }

    /// <summary>Gives an address back.</summary>
    public void Return(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed) || !IPNetwork.TryParse(_cidr, out var range)) return;
        _taken.Remove(Number(parsed) - Number(range.BaseAddress));
    }

    private static uint Number(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return (uint)(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
    }
}
