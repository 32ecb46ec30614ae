using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Policy.LimitRanges;

/// <summary>How LimitRanges are written: where a limit is given and no default, the default is the limit.</summary>
public sealed class LimitRangeStrategy : KindStrategy
{
    private static readonly FieldPath Limits = FieldPath.Of("spec").Child("limits");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        foreach (var limit in @object.Child("spec").Objects("limits"))
        {
            if (limit.Text("type") != "Container") continue;
            Fill(limit, "default", "max");
            Fill(limit, "defaultRequest", "default");
            Fill(limit, "defaultRequest", "min");
        }
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (types, index) = (new HashSet<string>(), 0);
        foreach (var limit in @object.Child("spec").Objects("limits"))
        {
            var at = Limits.Item(index++);
            FieldRules.Required(limit, "type", at, errors);
            if (!types.Add(limit.Text("type"))) errors.Duplicate(at.Child("type"), limit.Text("type"));
            foreach (var member in (ReadOnlySpan<string>)["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"])
            {
                FieldRules.Quantities(limit.Child(member), at.Child(member), errors);
            }
        }
    }

    private static void Fill(JsonObject limit, string member, string from)
    {
        if (limit.Child(from) is not { Count: > 0 } source) return;
        var target = limit.DefaultChild(member);
        foreach (var (name, amount) in source)
        {
            if (!target.Has(name)) target[name] = amount?.DeepClone();
        }
    }
}
