using System.Globalization;
using System.Text;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>
/// Writes a pattern in RE2's syntax as one .NET reads: <c>(?P&lt;n&gt;</c>, <c>\pL</c>, <c>\Q..\E</c>, <c>(?U)</c>, <c>[[:alpha:]]</c>,
/// <c>$</c> as the very end, and <c>\d</c>, <c>\w</c>, <c>\s</c> as the ASCII characters they are. What RE2 does not have is refused
/// by <see cref="FormatException"/>: what looks around, refers back, or is possessive.
/// </summary>
internal sealed partial class Re2Translator
{
    private const int MostRepeats = 1000;

    /// <summary>No pattern has more steps, with everything it counts out written out.</summary>
    private const long MostSteps = 20_000;

    private readonly string _pattern;
    private readonly StringBuilder _written = new();
    private readonly Stack<(bool Ungreedy, bool Multiline, long Steps)> _outer = new();
    private bool _ungreedy;
    private bool _multiline;
    private int _at;

    /// <summary>The steps of the group so far, without the last part.</summary>
    private long _steps;

    private long _last;

    private Re2Translator(string pattern) => _pattern = pattern;

    public static string Translate(string pattern)
    {
        var translator = new Re2Translator(pattern);
        while (translator._at < pattern.Length) translator.Next();
        return translator._written.ToString();
    }

    private bool StartsWith(string text) => string.CompareOrdinal(_pattern, _at, text, 0, text.Length) == 0;

    private void Next()
    {
        var c = _pattern[_at];
        if (c is not ('*' or '+' or '?' or '{' or ')')) Part(1);
        switch (c)
        {
            case '\\': Escape(inClass: false); break;
            case '[': Class(); break;
            case '(': Group(); break;
            case ')':
                if (_outer.TryPop(out var outer))
                {
                    var inner = _steps + _last;
                    (_ungreedy, _multiline, _steps) = outer;
                    _last = inner;
                }
                Copy();
                break;
            case '$':
                _written.Append(_multiline ? "$" : "\\z");
                _at++;
                break;
            case '*' or '+' or '?':
                Copy();
                Greed();
                break;
            case '{': Repeat(); break;
            case '#' or ' ':
                _written.Append('\\');
                Copy();
                break;
            default: Copy(); break;
        }
    }

    private void Part(long steps)
    {
        (_steps, _last) = (_steps + _last, steps);
        if (_steps > MostSteps) throw new FormatException("expression too large");
    }

    private void Copy() => _written.Append(_pattern[_at++]);

    /// <summary>After a repetition: as few as will do, the other way round under (?U); a second one is none of RE2's.</summary>
    private void Greed()
    {
        var lazy = _at < _pattern.Length && _pattern[_at] == '?';
        if (lazy) _at++;
        if (lazy != _ungreedy) _written.Append('?');
        if (_at < _pattern.Length && _pattern[_at] is '*' or '+' or '?') throw new FormatException("invalid nested repetition operator");
    }

    private void Repeat()
    {
        var end = _pattern.IndexOf('}', _at);
        var bounds = end < 0 ? [] : _pattern[(_at + 1)..end].Split(',');
        if (bounds.Length is 0 or > 2 || !IsBound(bounds[0]) || bounds.Length == 2 && bounds[1].Length > 0 && !IsBound(bounds[1]))
        {
            // No repetition: the bracket itself.
            _written.Append("\\{");
            _at++;
            return;
        }
        foreach (var bound in bounds)
        {
            if (bound.Length == 0) continue;
            var count = bound.Length > 4 ? int.MaxValue : int.Parse(bound, CultureInfo.InvariantCulture);
            if (count > MostRepeats) throw new FormatException("invalid repeat count");
            if (ReferenceEquals(bound, bounds[^1]) || bounds[^1].Length == 0) _last *= Math.Max(1, count);
            if (_last > MostSteps) throw new FormatException("expression too large");
        }
        _written.Append(_pattern, _at, end + 1 - _at);
        _at = end + 1;
        Greed();
    }

    private static bool IsBound(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private void Group()
    {
        _outer.Push((_ungreedy, _multiline, _steps));
        (_steps, _last) = (0, 0);
        if (!StartsWith("(?"))
        {
            Copy();
            return;
        }
        if (StartsWith("(?P<") || StartsWith("(?<") && !StartsWith("(?<=") && !StartsWith("(?<!"))
        {
            var open = _pattern.IndexOf('<', _at);
            var close = _pattern.IndexOf('>', open);
            var name = close < 0 ? "" : _pattern[(open + 1)..close];
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')) throw new FormatException("invalid named capture");
            // A name may be a number for .NET, and then stand for another group.
            _written.Append("(?<_").Append(name).Append('>');
            _at = close + 1;
            return;
        }
        Flags();
    }

    private void Flags()
    {
        var end = _pattern.AsSpan(_at).IndexOfAny(":)");
        if (end < 0) throw new FormatException("missing closing )");
        var (on, off, negative) = (new StringBuilder(), new StringBuilder(), false);
        foreach (var flag in _pattern.AsSpan(_at + 2, end - 2))
        {
            switch (flag)
            {
                case '-' when !negative: negative = true; break;
                case 'U': _ungreedy = !negative; break;
                case 'm':
                    _multiline = !negative;
                    (negative ? off : on).Append('m');
                    break;
                case 'i' or 's': (negative ? off : on).Append(flag); break;
                default: throw new FormatException("invalid or unsupported Perl syntax");
            }
        }
        var closes = _pattern[_at + end] == ')';
        _at += end + 1;
        // Flags on their own hold up to the end of the group they stand in.
        if (closes) _steps = _outer.Pop().Steps;
        var flags = off.Length > 0 ? $"{on}-{off}" : on.ToString();
        if (closes && flags.Length == 0) return;
        _written.Append("(?").Append(flags).Append(closes ? ')' : ':');
    }
}
