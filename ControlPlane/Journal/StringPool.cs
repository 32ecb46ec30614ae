using System.Text;

namespace ControlPlane.Journal;

/// <summary>
/// Gives equal short texts one instance: thousands of objects share a handful of resources, namespaces and users. Bounded; a text that does
/// not find room is made anew each time. May be used by several threads.
/// </summary>
internal sealed class StringPool(int size)
{
    private readonly string?[] _texts = new string?[size];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return "";
        if (utf8.Length > 128) return Encoding.UTF8.GetString(utf8);
        Span<char> chars = stackalloc char[128];
        var text = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        ref var slot = ref _texts[(uint)string.GetHashCode(text) % (uint)_texts.Length];
        if (Volatile.Read(ref slot) is { } known && text.SequenceEqual(known)) return known;
        var made = text.ToString();
        Volatile.Write(ref slot, made);
        return made;
    }
}
