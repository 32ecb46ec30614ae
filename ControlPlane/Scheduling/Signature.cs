using System.Globalization;
using System.Text;
using ControlPlane.Objects.Selectors;

namespace ControlPlane.Scheduling;

/// <summary>Writes values one after the other so that different sequences never read the same: every text stands with its length.</summary>
internal sealed class Signature
{
    private readonly StringBuilder _text = new();

    public Signature Add(string text)
    {
        _text.Append(text.Length).Append(':').Append(text);
        return this;
    }

    public Signature Add(long number)
    {
        _text.Append(CultureInfo.InvariantCulture, $"{number};");
        return this;
    }

    public Signature Add(bool flag) => Add(flag ? 1 : 0);

    public Signature Add(ReadOnlySpan<LabelRequirement> requirements)
    {
        Add(requirements.Length);
        foreach (var term in requirements)
        {
            Add(term.Key).Add((int)term.Operator).Add(term.Values.Length);
            foreach (var value in term.Values) Add(value);
        }
        return this;
    }

    public Signature Add(LabelSelector? selector) =>
        selector is null ? Add(-2) : selector.SelectsNothing ? Add(-1) : Add(selector.Requirements.AsSpan());

    public override string ToString() => _text.ToString();
}
