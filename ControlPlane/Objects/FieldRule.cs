using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Objects;

/// <summary>
/// A rule of one field that needs no code, as a kind's declaration lists them. <see cref="Path"/> is dotted, from the root; <c>[]</c> behind a
/// member stands for each of its items. A rule that does not concern a moment does nothing in it.
/// </summary>
public abstract record FieldRule(string Path)
{
    private readonly ImmutableArray<Step> _steps = [.. Path.Split('.').Select(Step.Parse)];

    /// <summary>The field must be there and not be empty.</summary>
    public static FieldRule Required(string path) => new RequiredField(path);

    /// <summary>The text, if there is one, must be one of these.</summary>
    public static FieldRule Enumerated(string path, params ImmutableArray<string> values) => new EnumeratedField(path, [.. values.Order(StringComparer.Ordinal)]);

    /// <summary>The number, if there is one, must be at least this; <paramref name="detail"/> says so.</summary>
    public static FieldRule AtLeast(string path, long least, string detail) => new BoundedField(path, least, detail);

    /// <summary>The field gets this value where it is absent, an empty text or an empty list, if what it is a member of is there.</summary>
    public static FieldRule Defaulted(string path, JsonNode value) => new DefaultedField(path, value.ToJsonString());

    /// <summary>The field must stay what it was.</summary>
    public static FieldRule Immutable(string path, string detail = FieldRules.Immutable) => new ImmutableField(path, detail, Forbids: false);

    /// <summary>As <see cref="Immutable"/>, refused as forbidden instead of invalid.</summary>
    public static FieldRule Unchangeable(string path, string detail) => new ImmutableField(path, detail, Forbids: true);

    /// <summary>Sets a default, in place.</summary>
    public virtual void ApplyDefault(JsonObject @object) { }

    /// <summary>Adds the faults of a new or changed object.</summary>
    public virtual void Validate(JsonObject @object, FieldErrors errors) { }

    /// <summary>Adds a change that is not allowed.</summary>
    public virtual void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors) { }

    /// <summary>Calls for every object the field is a member of, whether the field is there or not.</summary>
    private protected void Visit(JsonObject root, Action<JsonObject?, string, FieldPath> visit) => Visit(root, 0, null, visit);

    private void Visit(JsonObject? at, int depth, FieldPath? path, Action<JsonObject?, string, FieldPath> visit)
    {
        var (member, each) = _steps[depth];
        var here = path?.Child(member) ?? FieldPath.Of(member);
        if (depth == _steps.Length - 1) visit(at, member, here);
        else if (!each) Visit(at.Child(member), depth + 1, here, visit);
        else
        {
            var index = 0;
            foreach (var item in at.Objects(member)) Visit(item, depth + 1, here.Item(index++), visit);
        }
    }

    private protected readonly record struct Step(string Member, bool Each)
    {
        public static Step Parse(string text) => text.EndsWith("[]", StringComparison.Ordinal) ? new(text[..^2], true) : new(text, false);
    }
}

internal sealed record RequiredField(string Path) : FieldRule(Path)
{
    public override void Validate(JsonObject @object, FieldErrors errors) => Visit(@object, (parent, member, path) =>
    {
        if (parent?[member] is null or JsonArray { Count: 0 } || parent[member].TextOf() is "") errors.Required(path);
    });
}

internal sealed record EnumeratedField(string Path, ImmutableArray<string> Values) : FieldRule(Path)
{
    public override void Validate(JsonObject @object, FieldErrors errors) => Visit(@object, (parent, member, path) =>
    {
        var text = parent.Text(member);
        if (text.Length > 0 && !Values.Contains(text)) errors.NotSupported(path, text, [.. Values]);
    });
}

internal sealed record BoundedField(string Path, long Least, string Detail) : FieldRule(Path)
{
    public override void Validate(JsonObject @object, FieldErrors errors) => Visit(@object, (parent, member, path) =>
    {
        if (parent.Number(member) is { } number && number < Least) errors.Invalid(path, number, Detail);
    });
}

internal sealed record DefaultedField(string Path, string Json) : FieldRule(Path)
{
    public override void ApplyDefault(JsonObject @object) => Visit(@object, (parent, member, _) =>
    {
        if (parent is not null && (parent[member] is null or JsonArray { Count: 0 } || parent[member].TextOf() is "")) parent[member] = JsonNode.Parse(Json);
    });
}

internal sealed record ImmutableField(string Path, string Detail, bool Forbids) : FieldRule(Path)
{
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        JsonNode? before = null;
        Visit(current, (parent, member, _) => before = parent?[member]);
        Visit(updated, (parent, member, path) =>
        {
            if (JsonNode.DeepEquals(parent?[member], before)) return;
            if (Forbids) errors.Forbidden(path, Detail);
            else errors.Invalid(path, parent?[member], Detail);
        });
    }
}
