using System.Collections.Frozen;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions;

/// <summary>
/// The messages of mutating policies: <c>Object{spec: Object.spec{replicas: 1}}</c>, whose fields may be anything, and
/// <c>JSONPatch{op: "add", path: "/a", value: 1}</c>. Both become JSON by <see cref="CelValue.TryToJson"/>.
/// </summary>
public sealed class MutationMessages : ICelMessages
{
    private static readonly Func<string, CelField?> AnyField = static name => new(name, CelType.Dyn);

    private static readonly CelType Patch = CelType.Object("JSONPatch", new Dictionary<string, CelField>
    {
        ["op"] = new("op", CelType.String),
        ["path"] = new("path", CelType.String),
        ["from"] = new("from", CelType.String),
        ["value"] = new("value", CelType.Dyn),
    }.ToFrozenDictionary().GetValueOrDefault);

    public static MutationMessages Instance { get; } = new();

    public CelType? Find(string name)
    {
        if (name == "JSONPatch") return Patch;
        return name == "Object" || name.StartsWith("Object.", StringComparison.Ordinal) ? CelType.Object(name, AnyField) : null;
    }
}
