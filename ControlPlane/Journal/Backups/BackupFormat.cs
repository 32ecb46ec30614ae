using System.Collections.Immutable;
using System.Text.Json;

namespace ControlPlane.Journal.Backups;

/// <summary>
/// The layout of a backup: a journal with what its cluster must have to be itself again, in one file that any database can be filled from.
/// </summary>
/// <remarks>
/// <para>The line <c>actors backup 1</c>; a gzip stream of records; the line <c>sha256 HEX</c>, of every byte before it.</para>
/// <para>
/// A record is its kind (a byte) and its fields: texts with their length in bytes as a 7-bit encoded integer before their UTF-8, bytes with their length as an int32,
/// integers little-endian. <c>h</c>, first and once: a <see cref="BackupHeader"/> as JSON. <c>f</c>: name and value of a fingerprint. <c>k</c>: path and text of a file of keys.
/// <c>e</c>, after those and in the order of revisions: revision (int64), created (int64), flags (byte), persistence id, sequence number (int64), and, where the flags say so,
/// manifest (2), serializer (int32; 4), tags (8); then the message's bytes. Flag 1: deleted. <c>z</c>, last and once: the number of events and the bytes of all messages (int64 each).
/// </para>
/// </remarks>
public static class BackupFormat
{
    /// <summary>What the members of a cluster have alike, as paths in a data folder.</summary>
    public static readonly ImmutableArray<string> KeyFiles = ["pki/ca.pem", "pki/agents.key", "pki/admin.token", "secrets.keys"];

    /// <summary>What every backup begins with, whatever its version.</summary>
    internal const string Name = "actors backup ";
    internal const int Version = 1;
    internal const string Checksum = "sha256 ";

    // The word, 64 digits, the end of the line.
    internal const int TrailerSize = 72;

    /// <summary>No message is longer: bounds what a reader asks memory for.</summary>
    internal const int MaxMessage = 64 << 20;

    internal const byte Header = (byte)'h';
    internal const byte Fingerprint = (byte)'f';
    internal const byte KeyFile = (byte)'k';
    internal const byte Event = (byte)'e';
    internal const byte End = (byte)'z';

    internal const byte Deleted = 1;
    internal const byte HasManifest = 2;
    internal const byte HasSerializer = 4;
    internal const byte HasTags = 8;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    internal static string FirstLine => $"{Name}{Version}\n";
}
