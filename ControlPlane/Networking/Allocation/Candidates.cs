using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Networking.Allocation;

/// <summary>In which order the places of a range are tried: those above the band for chosen ones first, each from its own start, so that allocations meet rarely.</summary>
internal static class Candidates
{
    /// <param name="count">How many places there are, from 0.</param>
    /// <param name="band">The places below it are tried last.</param>
    /// <param name="first">The places below it are never tried.</param>
    /// <param name="seed">What it is for: the same seed gives the same order.</param>
    public static IEnumerable<int> Places(int count, int band, int first, string seed)
    {
        var start = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(seed)));
        var from = Math.Clamp(band, first, count);
        var most = count - from;
        for (var i = 0; i < most; i++) yield return from + (int)((start % (uint)most + (uint)i) % (uint)most);
        for (var place = first; place < from; place++) yield return place;
    }
}
