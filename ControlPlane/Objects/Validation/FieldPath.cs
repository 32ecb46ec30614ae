using System.Globalization;
using System.Text;

namespace ControlPlane.Objects.Validation;

/// <summary>
/// Where a value stands in an object, e.g. <c>spec.containers[0].image</c>. A path costs one small allocation a step and becomes text only
/// when a fault names it.
/// </summary>
public sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _member;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string? member, int index) => (_parent, _member, _index) = (parent, member, index);

    /// <summary>The path of a member of the object itself.</summary>
    public static FieldPath Of(string member) => new(null, member, -1);

    /// <summary>A member of what stands here: <c>.name</c>.</summary>
    public FieldPath Child(string member) => new(this, member, -1);

    /// <summary>An item of the list that stands here: <c>[2]</c>.</summary>
    public FieldPath Item(int index) => new(this, null, index);

    /// <summary>An entry of the map that stands here: <c>[key]</c>.</summary>
    public FieldPath Key(string key) => new(this, key, 0);

    public static implicit operator string(FieldPath path) => path.ToString();

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        _parent?.Write(text);
        if (_member is null) text.Append('[').Append(_index.ToString(CultureInfo.InvariantCulture)).Append(']');
        else if (_index >= 0) text.Append('[').Append(_member).Append(']');
        else
        {
            if (text.Length > 0) text.Append('.');
            text.Append(_member);
        }
    }
}
