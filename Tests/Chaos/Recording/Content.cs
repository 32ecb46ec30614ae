namespace Tests.Chaos.Recording;

/// <summary>The data of a ConfigMap as one line, <c>name=value</c> in the order of names. Names and values are words of letters, digits and dashes.</summary>
internal readonly record struct Content(string Text)
{
    /// <summary>No data.</summary>
    public static Content Empty { get; } = new("");

    public static Content Of(IEnumerable<KeyValuePair<string, string>> members) =>
        new(string.Join(' ', members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}={member.Value}")));

    /// <summary>One member.</summary>
    public static Content Of(string name, string value) => new($"{name}={value}");

    public IEnumerable<KeyValuePair<string, string>> Members => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(member =>
    {
        var at = member.IndexOf('=', StringComparison.Ordinal);
        return KeyValuePair.Create(member[..at], member[(at + 1)..]);
    });

    /// <summary>What a merge patch with these members makes of it.</summary>
    public Content Merged(Content patch)
    {
        var merged = new Dictionary<string, string>(Members, StringComparer.Ordinal);
        foreach (var (name, value) in patch.Members) merged[name] = value;
        return Of(merged);
    }

    /// <summary>The members in JSON, an object.</summary>
    public string ToJson() => $"{{{string.Join(',', Members.Select(member => $"\"{member.Key}\":\"{member.Value}\""))}}}";

    public override string ToString() => Text.Length == 0 ? "nothing" : Text;
}
