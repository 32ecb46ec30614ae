using System.Net;
using System.Numerics;

namespace ControlPlane.Nodes.Registration;

/// <summary>The parts of the cluster's pod range that nodes are given, in address order.</summary>
public static class PodCidrs
{
    /// <summary>Every range of a node, lazily.</summary>
    public static IEnumerable<IPNetwork> Of(string clusterCidr, int nodePrefixLength)
    {
        var cluster = IPNetwork.Parse(clusterCidr);
        var bytes = cluster.BaseAddress.GetAddressBytes();
        var bits = bytes.Length * 8;
        var first = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var size = BigInteger.One << (bits - nodePrefixLength);
        var count = BigInteger.One << (nodePrefixLength - cluster.PrefixLength);
        for (var i = BigInteger.Zero; i < count; i++)
        {
            var address = (first + i * size).ToByteArray(isUnsigned: true, isBigEndian: true);
            var padded = new byte[bytes.Length];
            address.CopyTo(padded, padded.Length - address.Length);
            yield return new(new IPAddress(padded), nodePrefixLength);
        }
    }

    /// <summary>The name a range is claimed under, e.g. <c>podcidr-10-244-3-0-24</c>.</summary>
    public static string ClaimName(IPNetwork range) =>
        $"podcidr-{range.BaseAddress.ToString().Replace('.', '-').Replace(':', '-').Trim('-')}-{range.PrefixLength}";
}
