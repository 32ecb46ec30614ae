using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Shared.Api;

namespace ControlPlane.Nodes.Agents;

/// <summary>
/// What an agent is believed by, after it has proved its name once: a ticket for one node in one epoch, and before that a challenge for one attempt to register.
/// Both are a time and an HMAC-SHA256 with the cluster's key, so any control plane verifies them and none keeps anything.
/// </summary>
/// <param name="key">The agents' key of the cluster, which only control planes have.</param>
public sealed class AgentTickets(byte[] key, TimeProvider time)
{
    /// <summary>
    /// A ticket that is older is refused as if its epoch were, and the agent registers anew: so a certificate that has run out is of use for this long at most.
    /// </summary>
    public static readonly TimeSpan TicketLifetime = TimeSpan.FromHours(24);

    /// <summary>An answer to a challenge that takes longer comes too late.</summary>
    public static readonly TimeSpan ChallengeLifetime = TimeSpan.FromSeconds(30);

    // Members' clocks differ a little.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);
    private const int TimeLength = sizeof(long);

    /// <summary>A ticket for a node in an epoch.</summary>
    public byte[] Issue(NodeName node, long epoch) => Seal("ticket", node, epoch.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Whether this is a ticket for just this node and epoch.</summary>
    public TicketVerdict Verify(byte[] ticket, NodeName node, long epoch) =>
        Verify(ticket, "ticket", node, epoch.ToString(System.Globalization.CultureInfo.InvariantCulture), TicketLifetime);

    /// <summary>A challenge for one attempt to register.</summary>
    public byte[] Challenge(NodeName node, string instance) => Seal("challenge", node, instance);

    /// <summary>Whether this is a fresh challenge for just this attempt.</summary>
    public TicketVerdict VerifyChallenge(byte[] challenge, NodeName node, string instance) => Verify(challenge, "challenge", node, instance, ChallengeLifetime);

    private byte[] Seal(string purpose, NodeName node, string subject)
    {
        var ticket = new byte[TimeLength + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(ticket, time.GetUtcNow().ToUnixTimeMilliseconds());
        Mac(ticket.AsSpan(0, TimeLength), purpose, node, subject).CopyTo(ticket.AsSpan(TimeLength));
        return ticket;
    }

    private TicketVerdict Verify(byte[] ticket, string purpose, NodeName node, string subject, TimeSpan lifetime)
    {
        if (ticket.Length != TimeLength + HMACSHA256.HashSizeInBytes) return TicketVerdict.Forged;
        var expected = Mac(ticket.AsSpan(0, TimeLength), purpose, node, subject);
        if (!CryptographicOperations.FixedTimeEquals(expected, ticket.AsSpan(TimeLength))) return TicketVerdict.Forged;
        var age = time.GetUtcNow().ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(ticket);
        return age <= lifetime.TotalMilliseconds && age >= -ClockSkew.TotalMilliseconds ? TicketVerdict.Valid : TicketVerdict.Expired;
    }

    /// <summary>Every part is preceded by its length: no two lists of parts have the same bytes.</summary>
    private byte[] Mac(ReadOnlySpan<byte> issued, string purpose, NodeName node, string subject)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var text in (ReadOnlySpan<string>)[purpose, node.Value, subject])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            mac.AppendData(length);
            mac.AppendData(bytes);
        }
        mac.AppendData(issued);
        return mac.GetHashAndReset();
    }
}

/// <summary>What a ticket is worth.</summary>
public enum TicketVerdict
{
    /// <summary>It was given for just this.</summary>
    Valid,

    /// <summary>It was, too long ago.</summary>
    Expired,

    /// <summary>It is of another node, epoch, purpose or cluster, or of nobody.</summary>
    Forged,
}
