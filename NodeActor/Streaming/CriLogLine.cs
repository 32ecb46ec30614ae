using System.Globalization;
using System.Text;

namespace NodeActor.Streaming;

/// <summary>
/// One line of a log as the runtime writes it: <c>TIME STREAM TAG TEXT</c>, where TAG P says that the container's line goes on in the next one.
/// </summary>
internal readonly ref struct CriLogLine(ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, bool partial)
{
    /// <summary>RFC 3339 with nanoseconds, as written.</summary>
    public ReadOnlySpan<byte> Time { get; } = time;

    /// <summary>What the container printed, without a line end.</summary>
    public ReadOnlySpan<byte> Text { get; } = text;
    public bool Partial { get; } = partial;

    /// <summary>When it was written; the minimum if that can not be read.</summary>
    public DateTimeOffset At => DateTimeOffset.TryParse(Encoding.ASCII.GetString(Time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
        ? at
        : DateTimeOffset.MinValue;

    /// <summary>Reads a line without its line end. A line of another form is taken as text without a time.</summary>
    public static CriLogLine Parse(ReadOnlySpan<byte> line)
    {
        var first = line.IndexOf((byte)' ');
        var second = first < 0 ? -1 : first + 1 + line[(first + 1)..].IndexOf((byte)' ');
        if (first < 0 || second <= first) return new([], line, false);
        var rest = line[(second + 1)..];
        var third = rest.IndexOf((byte)' ');
        var tag = third < 0 ? rest : rest[..third];
        return new(line[..first], third < 0 ? [] : rest[(third + 1)..], tag.Length > 0 && tag[0] == (byte)'P');
    }
}
