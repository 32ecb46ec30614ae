using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ControlPlane.Catalogue.Decoding;

/// <summary>A YAML value. Aliases share the node they name: a document is a graph without cycles.</summary>
/// <param name="Size">What it is when written out, its aliases expanded.</param>
internal abstract record YamlNode(YamlSize Size);

/// <summary>How much a value is when written out. Sums are bounded, so that a nest of aliases cannot overflow them.</summary>
internal readonly record struct YamlSize(long Values, long Bytes)
{
    private const long Most = 1L << 40;

    public static YamlSize operator +(YamlSize one, YamlSize other) => new(Math.Min(Most, one.Values + other.Values), Math.Min(Most, one.Bytes + other.Bytes));
}

/// <param name="Plain">Whether the text was written without quotes, so that its look decides its type.</param>
/// <param name="Tag">The type an explicit tag names, e.g. <c>str</c>; empty if there is none.</param>
internal sealed record YamlScalar(string Text, bool Plain, string Tag) : YamlNode(new YamlSize(1, Text.Length));

internal sealed record YamlList(List<YamlNode> Items, YamlSize Size) : YamlNode(Size);

internal sealed record YamlMap(List<(YamlScalar Key, YamlNode Value)> Members, YamlSize Size) : YamlNode(Size);

/// <summary>Reads one document into nodes.</summary>
internal sealed class YamlReader
{
    private const string TagPrefix = "tag:yaml.org,2002:";
    private readonly Parser _parser;
    private readonly int _maxDepth;
    private readonly YamlSize _most;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);

    private YamlReader(string text, int maxDepth, YamlSize most) => (_parser, _maxDepth, _most) = (new Parser(new StringReader(text)), maxDepth, most);

    /// <summary>The document's root.</summary>
    /// <exception cref="YamlException">The text is not YAML, is empty, is more than one document, too deep or, its aliases expanded, too large.</exception>
    public static YamlNode Read(string text, int maxDepth, YamlSize most)
    {
        var reader = new YamlReader(text, maxDepth, most);
        reader.Expect<StreamStart>();
        if (reader.Next() is not DocumentStart) throw new YamlException("the document is empty");
        var root = reader.ReadNode(reader.Next(), 0);
        reader.Expect<DocumentEnd>();
        if (reader.Next() is not StreamEnd) throw new YamlException("more than one document");
        return root;
    }

    private YamlNode ReadNode(ParsingEvent at, int depth)
    {
        if (depth > _maxDepth) throw Fault(at, "exceeded max depth");
        switch (at)
        {
            case AnchorAlias alias:
                return _anchors.GetValueOrDefault(alias.Value.Value) ?? throw Fault(at, $"unknown anchor '{alias.Value.Value}' referenced");
            case Scalar scalar:
                return Anchored(scalar, new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, TagOf(scalar)));
            case SequenceStart sequence:
                var items = new List<YamlNode>();
                var size = new YamlSize(1, 0);
                for (var next = Next(); next is not SequenceEnd; next = Next())
                {
                    items.Add(ReadNode(next, depth + 1));
                    size = Bounded(next, size + items[^1].Size);
                }
                return Anchored(sequence, new YamlList(items, size));
            case MappingStart mapping:
                var members = new List<(YamlScalar Key, YamlNode Value)>();
                var whole = new YamlSize(1, 0);
                for (var next = Next(); next is not MappingEnd; next = Next())
                {
                    if (ReadNode(next, depth + 1) is not YamlScalar key) throw Fault(next, "invalid map key");
                    members.Add((key, ReadNode(Next(), depth + 1)));
                    whole = Bounded(next, whole + new YamlSize(0, key.Text.Length) + members[^1].Value.Size);
                }
                return Anchored(mapping, new YamlMap(members, whole));
            default:
                throw Fault(at, $"did not expect {at.GetType().Name}");
        }
    }

    private YamlSize Bounded(ParsingEvent at, YamlSize size) => size.Values > _most.Values || size.Bytes > _most.Bytes
        ? throw Fault(at, "document contains excessive aliasing")
        : size;

    /// <summary>An anchor is known once its node is complete, so that no node can contain itself.</summary>
    private YamlNode Anchored(NodeEvent at, YamlNode node)
    {
        if (!at.Anchor.IsEmpty) _anchors[at.Anchor.Value] = node;
        return node;
    }

    private static string TagOf(Scalar scalar)
    {
        if (scalar.Tag.IsEmpty) return "";
        if (scalar.Tag.IsNonSpecific) return "str";
        return scalar.Tag.Value.StartsWith(TagPrefix, StringComparison.Ordinal) ? scalar.Tag.Value[TagPrefix.Length..] : "str";
    }

    private ParsingEvent Next()
    {
        while (Advance())
        {
            if (_parser.Current is { } current and not Comment) return current;
        }
        throw new YamlException("unexpected end of the document");
    }

    private bool Advance()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException or FormatException or OverflowException)
        {
            // The scanner meets some malformed texts with its own inner faults instead of a YamlException.
            throw new YamlException("malformed document", error);
        }
    }

    private void Expect<TEvent>()
        where TEvent : ParsingEvent
    {
        var next = Next();
        if (next is not TEvent) throw Fault(next, $"did not expect {next.GetType().Name}");
    }

    private static YamlException Fault(ParsingEvent at, string what) => new(at.Start, at.End, what);
}
