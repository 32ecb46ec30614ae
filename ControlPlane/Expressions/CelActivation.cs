namespace ControlPlane.Expressions;

/// <summary>The values of an environment's variables. Read-only once an evaluation began; then several threads may use it.</summary>
public sealed class CelActivation
{
    private readonly List<KeyValuePair<string, CelValue>> _values = new(4);

    /// <summary>Gives a variable its value; make it with the type the variable was declared with.</summary>
    public CelValue this[string variable]
    {
        set
        {
            var at = _values.FindIndex(known => known.Key == variable);
            if (at >= 0) _values[at] = new(variable, value);
            else _values.Add(new(variable, value));
        }
    }

    internal bool TryGet(string variable, out CelValue value)
    {
        foreach (var known in _values)
        {
            if (known.Key != variable) continue;
            value = known.Value;
            return true;
        }
        value = default;
        return false;
    }
}
