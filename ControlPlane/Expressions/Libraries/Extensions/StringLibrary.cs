using System.Text;
using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>CEL's string extension. Positions count characters.</summary>
internal static class StringLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Add("(string).charAt(int): string", static arguments => CharAt(arguments[0].Text, arguments[1].Int), null, static _ => 1);
        table.Add("(string).indexOf(string): int", static arguments => Find(arguments[0].Text, arguments[1].Text, 0), CostRules.Search);
        table.Add(
            "(string).indexOf(string, int): int",
            static arguments => Find(arguments[0].Text, arguments[1].Text, arguments[2].Int),
            CostRules.Search);
        table.Add("(string).lastIndexOf(string): int", static arguments => FindLast(arguments[0].Text, arguments[1].Text, null), CostRules.Search);
        table.Add(
            "(string).lastIndexOf(string, int): int",
            static arguments => FindLast(arguments[0].Text, arguments[1].Text, arguments[2].Int),
            CostRules.Search);
        table.Add(
            "(string).substring(int): string",
            static arguments => Substring(arguments[0].Text, arguments[1].Int, null),
            CostRules.Text,
            CostRules.AsFirst);
        table.Add(
            "(string).substring(int, int): string",
            static arguments => Substring(arguments[0].Text, arguments[1].Int, arguments[2].Int),
            CostRules.Text,
            CostRules.AsFirst);
        table.Add(
            "(string).lowerAscii(): string",
            static arguments => CelValue.Of(Ascii(arguments[0].Text, static c => char.IsAsciiLetterUpper(c) ? (char)(c | 32) : c)),
            CostRules.Text);
        table.Add(
            "(string).upperAscii(): string",
            static arguments => CelValue.Of(Ascii(arguments[0].Text, static c => char.IsAsciiLetterLower(c) ? (char)(c & ~32) : c)),
            CostRules.Text);
        table.Add("(string).trim(): string", static arguments => CelValue.Of(arguments[0].Text.Trim()), CostRules.Text);
        table.Add("(string).reverse(): string", static arguments => CelValue.Of(Reverse(arguments[0].Text)), CostRules.Text);
        table.Add(
            "strings.quote(string): string",
            static arguments => CelValue.Of(Quote(arguments[0].Text)),
            CostRules.Written,
            static sizes => CostRules.Times(sizes[0], 2) + 2);
        table.Add(
            "(string).replace(string, string): string",
            static arguments => Replace(arguments[0].Text, arguments[1].Text, arguments[2].Text, -1),
            CostRules.Written,
            Replaced);
        table.Add(
            "(string).replace(string, string, int): string",
            static arguments => Replace(arguments[0].Text, arguments[1].Text, arguments[2].Text, arguments[3].Int),
            CostRules.Written,
            Replaced);
        table.Add(
            "(string).split(string): list(string)",
            static arguments => Split(arguments[0].Text, arguments[1].Text, -1),
            CostRules.Text,
            CostRules.AsFirst);
        table.Add(
            "(string).split(string, int): list(string)",
            static arguments => Split(arguments[0].Text, arguments[1].Text, arguments[2].Int),
            CostRules.Text,
            CostRules.AsFirst);
        table.Add("(list(string)).join(): string", static arguments => Join(arguments[0].List, ""), CostRules.Written, Joined);
        table.Add("(list(string)).join(string): string", static arguments => Join(arguments[0].List, arguments[1].Text), CostRules.Written, Joined);
        table.Add(
            "(string).format(list(dyn)): string",
            static arguments => Formatting.Format(arguments[0].Text, arguments[1].List),
            CostRules.Written);
    }

    private static readonly SizeRule Replaced = static sizes => CostRules.Times(sizes[0] + 1, sizes[2] + 1);
    private static readonly SizeRule Joined = static sizes => CostRules.Times(sizes[0], (sizes.Length > 2 ? sizes[1] : 0) + 64);

    private static CelValue OutOfRange(long index) => CelValue.Fault($"index out of range: {index}");

    private static CelValue CharAt(string text, long index)
    {
        var unit = Texts.Unit(text, index);
        if (unit < 0) return OutOfRange(index);
        if (unit == text.Length) return CelValue.Of("");
        return CelValue.Of(text.Substring(unit, char.IsSurrogatePair(text, unit) ? 2 : 1));
    }

    private static CelValue Find(string text, string sought, long offset)
    {
        var unit = Texts.Unit(text, offset);
        if (unit < 0) return OutOfRange(offset);
        var found = text.IndexOf(sought, unit, StringComparison.Ordinal);
        return CelValue.Of(found < 0 ? -1L : Texts.Character(text, found));
    }

    private static CelValue FindLast(string text, string sought, long? offset)
    {
        var unit = offset is { } from ? Texts.Unit(text, from) : text.Length;
        if (unit < 0) return OutOfRange(offset ?? 0);
        var end = Math.Min(text.Length, unit + sought.Length);
        var found = text.AsSpan(0, end).LastIndexOf(sought, StringComparison.Ordinal);
        return CelValue.Of(found < 0 ? -1L : Texts.Character(text, found));
    }

    private static CelValue Substring(string text, long start, long? end)
    {
        var from = Texts.Unit(text, start);
        if (from < 0) return OutOfRange(start);
        var to = end is { } last ? Texts.Unit(text, last) : text.Length;
        if (to < 0) return OutOfRange(end ?? 0);
        return to < from ? CelValue.Fault($"invalid substring range. start: {start}, end: {end}") : CelValue.Of(text[from..to]);
    }

    private static string Ascii(string text, Func<char, char> change) => string.Create(text.Length, (text, change), static (units, from) =>
    {
        for (var at = 0; at < units.Length; at++) units[at] = from.change(from.text[at]);
    });

    private static string Reverse(string text)
    {
        var units = text.ToCharArray();
        Array.Reverse(units);
        for (var at = 1; at < units.Length; at++)
        {
            if (char.IsSurrogatePair(units[at], units[at - 1])) (units[at - 1], units[at]) = (units[at], units[at - 1]);
        }
        return new(units);
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var c in text)
        {
            var escaped = c switch
            {
                '\a' => "\\a", '\b' => "\\b", '\f' => "\\f", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '\v' => "\\v", '\\' => "\\\\", '"' => "\\\"", _ => null,
            };
            if (escaped is null) quoted.Append(c);
            else quoted.Append(escaped);
        }
        return quoted.Append('"').ToString();
    }

    private static CelValue Replace(string text, string old, string @new, long limit)
    {
        if (limit < 0) limit = long.MaxValue;
        var written = new StringBuilder();
        var at = 0;
        for (; limit > 0 && at <= text.Length; limit--)
        {
            // Nothing stands before every character, and at the end.
            var found = old.Length == 0 ? at : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0) break;
            written.Append(text, at, found - at).Append(@new);
            at = found + old.Length;
            if (written.Length > Arithmetic.LongestText) return CelValue.Fault("string is too long");
            if (old.Length > 0) continue;
            var width = at < text.Length && char.IsSurrogatePair(text, at) ? 2 : 1;
            if (at < text.Length) written.Append(text, at, width);
            at += width;
        }
        return CelValue.Of(at < text.Length ? written.Append(text, at, text.Length - at).ToString() : written.ToString());
    }

    private static CelValue Split(string text, string separator, long limit)
    {
        if (limit == 0) return CelValue.Of(ArrayList.Empty);
        var count = (int)Math.Min(limit < 0 ? int.MaxValue : limit, int.MaxValue);
        IEnumerable<string> parts = separator.Length > 0 ? text.Split(separator, count) : Characters(text, count);
        return CelValue.Of(new ArrayList([.. parts.Select(CelValue.Of)]));
    }

    private static List<string> Characters(string text, int count)
    {
        var parts = new List<string>();
        var at = 0;
        while (at < text.Length && parts.Count < count - 1)
        {
            var width = char.IsSurrogatePair(text, at) ? 2 : 1;
            parts.Add(text.Substring(at, width));
            at += width;
        }
        if (at < text.Length) parts.Add(text[at..]);
        return parts;
    }

    private static CelValue Join(CelList list, string separator)
    {
        var joined = new StringBuilder();
        for (var at = 0; at < list.Count; at++)
        {
            var item = list[at];
            if (item.Kind != CelKind.String) return item.IsFault ? item : Indexing.NoOverload;
            if (at > 0) joined.Append(separator);
            joined.Append(item.Text);
            if (joined.Length > Arithmetic.LongestText) return CelValue.Fault("string is too long");
        }
        return CelValue.Of(joined.ToString());
    }
}
