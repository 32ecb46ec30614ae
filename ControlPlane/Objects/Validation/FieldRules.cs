using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Validation;

/// <summary>Rules that fields of many kinds share, worded as Kubernetes words them.</summary>
internal static class FieldRules
{
    public const string Immutable = "field is immutable";
    public const string NotNegativeMessage = "must be greater than or equal to 0";

    /// <summary>The text must be there and keep a syntax.</summary>
    public static void Named(JsonObject? @object, string member, FieldPath path, FieldErrors errors, Func<string, string?> syntax)
    {
        var text = @object.Text(member);
        if (text.Length == 0) errors.Required(path.Child(member));
        else if (syntax(text) is { } fault) errors.Invalid(path.Child(member), text, fault);
    }

    /// <summary>The text, if there is one, must keep a syntax.</summary>
    public static void Optional(JsonObject? @object, string member, FieldPath path, FieldErrors errors, Func<string, string?> syntax)
    {
        var text = @object.Text(member);
        if (text.Length > 0 && syntax(text) is { } fault) errors.Invalid(path.Child(member), text, fault);
    }

    public static void Required(JsonObject? @object, string member, FieldPath path, FieldErrors errors)
    {
        if (!@object.Has(member) || @object![member].TextOf() is "") errors.Required(path.Child(member));
    }

    public static void NotNegative(JsonObject? @object, string member, FieldPath path, FieldErrors errors)
    {
        if (@object.Number(member) is < 0 and var number) errors.Invalid(path.Child(member), number, NotNegativeMessage);
    }

    public static void Between(JsonObject? @object, string member, long first, long last, FieldPath path, FieldErrors errors)
    {
        if (@object.Number(member) is { } number && (number < first || number > last))
        {
            errors.Invalid(path.Child(member), number, $"must be between {first} and {last}, inclusive");
        }
    }

    /// <summary>The text, if there is one, must be one of the list, which is in alphabetical order.</summary>
    public static void OneOf(JsonObject? @object, string member, FieldPath path, FieldErrors errors, params string[] supported)
    {
        var text = @object.Text(member);
        if (text.Length > 0 && !supported.Contains(text)) errors.NotSupported(path.Child(member), text, supported);
    }

    /// <summary>The member must be what it was.</summary>
    public static void Unchanged(JsonObject? updated, JsonObject? current, string member, FieldPath path, FieldErrors errors)
    {
        if (!JsonNode.DeepEquals(updated?[member], current?[member])) errors.Invalid(path.Child(member), updated?[member], Immutable);
    }

    /// <summary>A map of labels: keys and values.</summary>
    public static void Labels(JsonObject? labels, FieldPath path, FieldErrors errors)
    {
        if (labels is null) return;
        foreach (var (key, node) in labels)
        {
            if (LabelSyntax.QualifiedName(key) is { } badKey) errors.Invalid(path, key, badKey);
            if (node.TextOf() is not { } value) errors.Invalid(path.Key(key), node, "must be a string");
            else if (LabelSyntax.Value(value) is { } badValue) errors.Invalid(path, value, badValue);
        }
    }

    /// <summary>A map of quantities that may not be negative.</summary>
    public static void Quantities(JsonObject? list, FieldPath path, FieldErrors errors)
    {
        foreach (var (name, node) in list ?? [])
        {
            Quantity(node, path.Key(name), errors);
            if (LabelSyntax.QualifiedName(name) is { } fault) errors.Invalid(path.Key(name), name, fault);
        }
    }

    /// <summary>A quantity that may not be negative.</summary>
    public static void Quantity(JsonNode? node, FieldPath path, FieldErrors errors)
    {
        var text = node.TextOf() ?? node?.ToJsonString();
        if (!Shared.Api.Quantities.TryParseMilli(text, out var milli))
        {
            errors.Invalid(path, node, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        }
        else if (milli < 0) errors.Invalid(path, node, NotNegativeMessage);
    }

    /// <summary>A count or a percentage. Answers its number, as if of so few that rounding does not matter: 0 only for 0 and 0%.</summary>
    public static long CountOrPercent(JsonNode? node, FieldPath path, FieldErrors errors)
    {
        if (node.Number() is { } count)
        {
            if (count < 0) errors.Invalid(path, node, NotNegativeMessage);
            return count;
        }
        var text = node.TextOf() ?? "";
        if (text.Length < 2 || text[^1] != '%' || text.AsSpan(0, text.Length - 1).ContainsAnyExceptInRange('0', '9') || !long.TryParse(text.AsSpan(0, text.Length - 1), out var percent))
        {
            errors.Invalid(path, node, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
            return 1;
        }
        return percent;
    }

    /// <summary>As <see cref="CountOrPercent"/>, and at most all.</summary>
    public static long CountOrPart(JsonNode? node, FieldPath path, FieldErrors errors)
    {
        var number = CountOrPercent(node, path, errors);
        if (number > 100 && node.TextOf() is not null) errors.Invalid(path, node, "must not be greater than 100%");
        return number;
    }

    /// <summary>An IP address.</summary>
    public static void Address(JsonNode? node, FieldPath path, FieldErrors errors)
    {
        if (!IsAddress(node.TextOf() ?? "")) errors.Invalid(path, node, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }

    public static bool IsAddress(string text) =>
        System.Net.IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? !text.Contains('%') : text.Count(c => c == '.') == 3);
}
