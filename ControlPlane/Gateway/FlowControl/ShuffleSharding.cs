using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>Deals every flow some of the queues: two flows seldom have the same hand, so one that floods its queues leaves every other a queue of its own.</summary>
internal static class ShuffleSharding
{
    /// <summary>A number for a flow, the same in every process.</summary>
    /// <param name="schema">The name of its flow schema.</param>
    /// <param name="distinguisher">What tells it from the schema's other flows.</param>
    public static ulong Flow(string schema, string distinguisher) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{schema}\0{distinguisher}")));

    /// <summary>Different numbers below <paramref name="deck"/>, as many as <paramref name="size"/> says: each hand as likely as any other.</summary>
    public static int[] Hand(ulong flow, int deck, int size)
    {
        var hand = new int[Math.Min(size, deck)];
        for (var dealt = 0; dealt < hand.Length; dealt++)
        {
            var left = (ulong)(deck - dealt);
            var card = (int)(flow % left);
            flow /= left;

            // The card-th of those that are left: behind every one of the hand, in order, that is not above it. The hand is kept in order for that.
            var at = 0;
            while (at < dealt && hand[at] <= card)
            {
                card++;
                at++;
            }
            Array.Copy(hand, at, hand, at + 1, dealt - at);
            hand[at] = card;
        }
        return hand;
    }
}
