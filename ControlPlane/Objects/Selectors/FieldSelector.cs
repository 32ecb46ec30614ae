using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Shared.Api;

namespace ControlPlane.Objects.Selectors;

/// <summary>
/// A conjunction of comparisons on the few fields a resource can be selected by. Matching builds no tree: it reads the header, or walks the
/// JSON to the field. Immutable.
/// </summary>
public sealed class FieldSelector
{
    private const string NameLabel = "metadata.name";
    private readonly ImmutableArray<Term> _terms;

    private FieldSelector(ImmutableArray<Term> terms) => _terms = terms;

    /// <summary>Matches every object: what an empty query means.</summary>
    public static FieldSelector Everything { get; } = new([]);

    /// <summary>Whether there is nothing to check.</summary>
    public bool IsEverything => _terms.Length == 0;

    /// <summary>The name every selected object must have; null if any will do. Lets a reader go straight to the object.</summary>
    public string? Name => Required(NameLabel);

    /// <summary>The namespace every selected object must have; null if any will do.</summary>
    public string? Namespace => Required("metadata.namespace");

    /// <summary>The node every selected pod must be bound to ("" for none); null if any will do.</summary>
    public string? NodeName => Required("spec.nodeName");

    /// <summary>Reads the query syntax of <c>fieldSelector=</c>: <c>a=b,c!=d</c>, with <c>\</c> before a comma, an equals sign or a backslash in a value.</summary>
    public static bool TryParse(
        string? query, KindDefinition kind, [NotNullWhen(true)] out FieldSelector? selector, [NotNullWhen(false)] out ApiStatus? rejection)
    {
        (selector, rejection) = (Everything, null);
        if (string.IsNullOrEmpty(query)) return true;
        var terms = ImmutableArray.CreateBuilder<Term>();
        foreach (var text in Split(query))
        {
            if (text.Length == 0) continue;
            if (!TryReadTerm(text, out var label, out var value, out var equal))
            {
                (selector, rejection) = (null, ApiStatus.BadRequest($"invalid selector: '{query}'; can't understand '{text}'"));
                return false;
            }
            if (SelectableField.Find(kind, label) is not { } field)
            {
                (selector, rejection) = (null, ApiStatus.BadRequest(SelectableField.NotSupported(kind, label)));
                return false;
            }
            terms.Add(new(field, value, equal));
        }
        if (terms.Count > 0) selector = new(terms.DrainToImmutable());
        return true;
    }

    /// <summary>The name every selected object must have, whatever the kind; empty if any will do or the query cannot be read.</summary>
    public static string ExactNameOf(string query)
    {
        foreach (var text in Split(query))
        {
            if (TryReadTerm(text, out var label, out var value, out var equal) && equal && label == NameLabel) return value;
        }
        return "";
    }

    /// <summary>Whether the object is selected.</summary>
    public bool Matches(StoredObject stored)
    {
        foreach (var term in _terms)
        {
            if (term.Field.Is(stored, term.Value) != term.Equal) return false;
        }
        return true;
    }

    /// <summary>The selector in the query syntax.</summary>
    public override string ToString() => string.Join(',', _terms.Select(term => $"{term.Field.Label}{(term.Equal ? "=" : "!=")}{Escape(term.Value)}"));

    /// <summary>The value every selected object must have in a field; null if any will do.</summary>
    public string? Required(string label)
    {
        foreach (var term in _terms)
        {
            if (term.Equal && term.Field.Label == label) return term.Value;
        }
        return null;
    }

    private static IEnumerable<string> Split(string query)
    {
        var start = 0;
        for (var i = 0; i < query.Length; i++)
        {
            if (query[i] == '\\') i++;
            else if (query[i] == ',')
            {
                yield return query[start..i];
                start = i + 1;
            }
        }
        yield return query[start..];
    }

    private static bool TryReadTerm(string text, out string label, out string value, out bool equal)
    {
        (label, value, equal) = ("", "", true);
        var at = text.IndexOf('=');
        if (at < 0) return false;
        equal = at == 0 || text[at - 1] != '!';
        label = text[..(equal ? at : at - 1)];
        var rest = text.AsSpan(at + 1);
        if (equal && rest is ['=', ..]) rest = rest[1..];
        return TryUnescape(rest, out value);
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, out string value)
    {
        value = "";
        if (text.IndexOfAny('\\', '=') < 0)
        {
            value = text.ToString();
            return true;
        }
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=') return false;
            if (text[i] == '\\' && (++i >= text.Length || text[i] is not ('\\' or ',' or '='))) return false;
            plain.Append(text[i]);
        }
        value = plain.ToString();
        return true;
    }

    private static string Escape(string value) => value.Replace(@"\", @"\\").Replace(",", @"\,").Replace("=", @"\=");

    private readonly record struct Term(SelectableField Field, string Value, bool Equal);
}
