using System.Collections.Frozen;
using System.Reflection;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>
/// What is told about the models and their members: the documentation that comes with their package, as the build has taken it out of there (<c>descriptions.xslt</c>). Read when the first document
/// that shows it is made.
/// </summary>
internal static class ModelDescriptions
{
    private const string Resource = "descriptions.txt";
    private static readonly Lazy<FrozenDictionary<string, string>> All = new(Read);

    /// <summary>What a model is; empty where nothing is told.</summary>
    public static string Of(Type model) => All.Value.GetValueOrDefault($"T:{model.FullName}", "");

    /// <summary>What a member of a model is; empty where nothing is told.</summary>
    public static string Of(PropertyInfo member) => All.Value.GetValueOrDefault($"P:{member.DeclaringType!.FullName}.{member.Name}", "");

    private static FrozenDictionary<string, string> Read()
    {
        using var stream = typeof(ModelDescriptions).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not in the program.");
        using var reader = new StreamReader(stream);
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Split('\t', 2) is [var member, { Length: > 0 } text]) all[member] = text;
        }
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
