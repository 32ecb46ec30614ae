using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// What is special about a kind when it is written: defaults, validation and how create, update and delete treat it. All members are pure
/// and run inside the object's actor. The base class is right for a kind without rules of its own.
/// </summary>
public class KindStrategy
{
    public static KindStrategy Default { get; } = new();

    /// <summary>Sets the defaults Kubernetes documents for absent fields, in place. Also runs after every patch.</summary>
    public virtual void ApplyDefaults(JsonObject @object) { }

    /// <summary>Before a create is validated: fields the user may not set are dropped (status), others filled in (a Deployment's generation).</summary>
    public virtual void PrepareForCreate(JsonObject @object) { }

    /// <summary>When deletion begins: a status that says so (a Namespace's phase Terminating).</summary>
    public virtual void PrepareForDelete(JsonObject @object) { }

    /// <summary>Before an update is validated, for fields that follow from the change. Generation and status are handled by the actor.</summary>
    public virtual void PrepareForUpdate(JsonObject updated, JsonObject current) { }

    /// <summary>As <see cref="PrepareForUpdate"/>, for a subresource that writes the status: <c>status</c> itself, or one that writes a part of it.</summary>
    public virtual void PrepareForStatusUpdate(JsonObject updated, JsonObject current, string subresource) { }

    /// <summary>Adds every fault of a new or changed object.</summary>
    public virtual void Validate(JsonObject @object, FieldErrors errors) { }

    /// <summary>Adds every fault of a new object that is none of a changed one.</summary>
    public virtual void ValidateCreate(JsonObject @object, FieldErrors errors) { }

    /// <summary>Adds every change that is not allowed: immutable fields, forbidden transitions.</summary>
    public virtual void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors) { }

    /// <summary>As <see cref="ValidateUpdate"/>, for the status subresource.</summary>
    public virtual void ValidateStatusUpdate(JsonObject updated, JsonObject current, FieldErrors errors) { }

    /// <summary>
    /// The grace period, in seconds, of a delete that names none (<paramref name="requested"/> null) or names one. 0: the object goes at once
    /// (finalizers aside).
    /// </summary>
    public virtual long GraceSeconds(JsonObject current, long? requested) => 0;

    /// <summary>Whether a create keeps the status it brings (Nodes register with one); elsewhere it is dropped.</summary>
    public virtual bool KeepsStatusOnCreate => false;

    /// <summary>
    /// Whether something other than metadata.finalizers and the grace period still holds an object that is being deleted, such as a
    /// Namespace's spec.finalizers.
    /// </summary>
    public virtual bool HoldsDeletion(JsonObject current) => false;

    /// <summary>Whether names are DNS labels (Services, Namespaces) instead of DNS subdomains; RBAC kinds allow path segments.</summary>
    public virtual NameRule NameRule => NameRule.DnsSubdomain;
}

/// <summary>What a kind's names may look like.</summary>
public enum NameRule { DnsSubdomain, DnsLabel, DnsLabel1035, PathSegment }

/// <summary>Collects the faults of an object so that one answer names them all.</summary>
public sealed class FieldErrors
{
    /// <summary>More of them would make an answer larger than what it answers.</summary>
    private const int MaxCauses = 500;

    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<StatusCause> _causes = [];
    public IReadOnlyList<StatusCause> Causes => _causes;
    public bool Any => _causes.Count > 0;

    /// <summary>Adds faults that were found elsewhere.</summary>
    public void AddRange(IEnumerable<StatusCause> causes) => _causes.AddRange(causes.Take(MaxCauses - _causes.Count));

    public void Required(string field, string detail = "") => Add("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");
    public void Invalid(string field, JsonNode? value, string detail) => Add("FieldValueInvalid", field, $"Invalid value: {Show(value)}: {detail}");
    public void NotSupported(string field, JsonNode? value, params string[] supported) =>
        Add("FieldValueNotSupported", field, $"Unsupported value: {Show(value)}: supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");
    public void Duplicate(string field, JsonNode? value) => Add("FieldValueDuplicate", field, $"Duplicate value: {Show(value)}");
    public void Forbidden(string field, string detail) => Add("FieldValueForbidden", field, $"Forbidden: {detail}");
    public void TooLong(string field, int limit) => Add("FieldValueTooLong", field, $"Too long: may not be more than {limit} bytes");
    public void TooMany(string field, long count, long limit) => Add("FieldValueTooMany", field, $"Too many: {count}: must have at most {limit} items");
    public void NotFound(string field, JsonNode? value) => Add("FieldValueNotFound", field, $"Not found: {Show(value)}");

    /// <summary>A fault in words of its own, with one of Kubernetes' reasons.</summary>
    public void Add(string reason, string field, string message)
    {
        if (_causes.Count < MaxCauses) _causes.Add(new(reason, message, field));
    }

    private static string Show(JsonNode? value) => value?.ToJsonString(Plain) ?? "null";
}
