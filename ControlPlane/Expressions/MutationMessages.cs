using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using ControlPlane.Expressions.Types;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions;

/// <summary>
/// The messages of mutating policies: <c>Object{spec: Object.spec{replicas: 1}}</c>, whose fields may be anything, and
/// <c>JSONPatch{op: "add", path: "/a", value: 1}</c>. Both become JSON by <see cref="CelValue.TryToJson"/>.
/// </summary>
public sealed class MutationMessages : ICelMessages
{
    private const string Root = "Object";
    private static readonly Func<string, CelField?> AnyField = static name => new(name, CelType.Dyn);
    private static readonly CelField PatchValue = new("value", CelType.Dyn);

    private static readonly CelType Patch = CelType.Object("JSONPatch", new Dictionary<string, CelField>
    {
        ["op"] = new("op", CelType.String),
        ["path"] = new("path", CelType.String),
        ["from"] = new("from", CelType.String),
        ["value"] = PatchValue,
    }.ToFrozenDictionary().GetValueOrDefault);

    public static MutationMessages Instance { get; } = new();

    /// <summary>Of an expression that says what to apply: <c>Object</c>.</summary>
    public static CelType Configuration { get; } = CelType.Object(Root, AnyField);

    /// <summary>Of an expression that makes a patch: a list of <c>JSONPatch</c>.</summary>
    public static CelType Operations { get; } = CelType.List(Patch);

    public CelType? Find(string name)
    {
        if (name == Patch.Name) return Patch;
        return name == Root || name.StartsWith($"{Root}.", StringComparison.Ordinal) ? CelType.Object(name, AnyField) : null;
    }

    /// <summary>
    /// The messages of a value whose names are not those of their places, in Kubernetes' words, a line each: below <c>Object</c>, the field <c>spec</c> is made as an <c>Object.spec</c>. Null if
    /// there are none.
    /// </summary>
    /// <param name="value">Of one of the two types, and one that becomes JSON.</param>
    public static string? Misnamed(CelValue value)
    {
        var faults = new List<string>();
        if (value.Kind is CelKind.List)
        {
            for (var at = 0; at < value.List.Count; at++)
            {
                if (value.List[at] is { Kind: CelKind.Struct, Struct: MadeStruct patch } && patch.TryGet(PatchValue, out var part)) Compare(part, faults);
            }
        }
        else Compare(value, faults);
        return faults.Count == 0 ? null : string.Join('\n', faults);
    }

    private static void Compare(CelValue value, List<string> faults)
    {
        if (value is { Kind: CelKind.Struct, Struct: MadeStruct made }) Compare(value, made.Type.Name, faults);
    }

    // Lists and maps have no names; JSON that an expression took from somewhere holds no messages.
    private static void Compare(CelValue value, string place, List<string> faults)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            faults.Add("value is nested too deeply");
            return;
        }
        switch (value.Kind)
        {
            case CelKind.Struct when value.Struct is MadeStruct made:
                if (made.Type.Name != place) faults.Add($"unexpected type name \"{made.Type.Name}\", expected \"{place}\", which matches field name path from root Object type");
                foreach (var name in made.Names)
                {
                    if (made.TryGet(new(name, CelType.Dyn), out var field)) Compare(field, $"{place}.{name}", faults);
                }
                break;
            case CelKind.List when value.List is not JsonList:
                for (var at = 0; at < value.List.Count; at++) Compare(value.List[at], place, faults);
                break;
            case CelKind.Map when value.Map is not JsonMap:
                for (var at = 0; at < value.Map.Count; at++) Compare(value.Map.ValueAt(at), place, faults);
                break;
            case CelKind.Optional when value.Optional.HasValue:
                Compare(value.Optional.Value, place, faults);
                break;
        }
    }
}
