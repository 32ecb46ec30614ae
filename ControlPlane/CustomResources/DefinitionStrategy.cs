using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.CustomResources.Rules;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CustomResources;

/// <summary>How CustomResourceDefinitions are written: Kubernetes' defaults and rules.</summary>
internal sealed class DefinitionStrategy : KindStrategy
{
    private const string ApprovedBy = "api-approved.kubernetes.io";
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        if (spec.Child("names") is { } names && names.Text("kind") is { Length: > 0 } kind)
        {
            names.Default("singular", kind.ToLowerInvariant());
            names.Default("listKind", $"{kind}List");
        }
        spec.DefaultChild("conversion").Default("strategy", "None");
        if (spec.Child("conversion", "webhook", "clientConfig", "service") is { } service) service.Default("port", 443);
    }

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => NoteStorage(@object);

    /// <inheritdoc/>
    public override void PrepareForUpdate(JsonObject updated, JsonObject current) => NoteStorage(updated);

    /// <inheritdoc/>
    public override void PrepareForDelete(JsonObject @object)
    {
        var finalizers = @object.Metadata().DefaultList("finalizers");
        if (finalizers.All(present => present.TextOf() != DefinitionReconciler.Finalizer)) finalizers.Add(DefinitionReconciler.Finalizer);
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        var (group, names) = (spec.Text("group"), spec.Child("names"));
        if (group.Length > 0)
        {
            if (NameSyntax.DnsSubdomain(group) is { } fault) errors.Invalid(Spec.Child("group"), group, fault);
            else if (!group.Contains('.', StringComparison.Ordinal)) errors.Invalid(Spec.Child("group"), group, "should be a domain with at least one dot");
            if (IsProtected(group) && @object.Text("metadata", "annotations", ApprovedBy).Length == 0)
            {
                errors.Required($"metadata.annotations[{ApprovedBy}]", "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111");
            }
            var wanted = $"{names.Text("plural")}.{group}";
            if (@object.Metadata().Text("name") is var name && name != wanted) errors.Invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
        }
        Names(names, Spec.Child("names"), errors);
        if (spec.Flag("preserveUnknownFields") == true) errors.Invalid(Spec.Child("preserveUnknownFields"), true, "must be false in order to use defaults in the schema");
        Versions(spec, errors);
        Conversion(spec.Child("conversion"), Spec.Child("conversion"), errors);
        StoredVersions(@object, errors);
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        FieldRules.Unchanged(updated.Child("spec"), current.Child("spec"), "group", Spec, errors);
        if (!Conditions.Holds(current["status"], "Established")) return;
        FieldRules.Unchanged(updated.Child("spec"), current.Child("spec"), "scope", Spec, errors);
        FieldRules.Unchanged(updated.Child("spec", "names"), current.Child("spec", "names"), "kind", Spec.Child("names"), errors);
        FieldRules.Unchanged(updated.Child("spec", "names"), current.Child("spec", "names"), "plural", Spec.Child("names"), errors);
    }

    /// <inheritdoc/>
    public override void ValidateStatusUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        StoredVersions(updated, errors);

        // As long as nobody stores objects anew, they are in the version that the first of them was stored in.
        if (current.Texts("status", "storedVersions").FirstOrDefault() is { } first && updated.Texts("status", "storedVersions").FirstOrDefault() != first)
        {
            errors.Invalid("status.storedVersions", updated.At("status", "storedVersions"), $"objects are stored as {first}, which must stay first: this server does not store them anew in another version yet");
        }
    }

    // With the very write that names it: what objects are stored in is known from then on.
    private static void NoteStorage(JsonObject definition)
    {
        if (definition.Objects("spec", "versions").FirstOrDefault(version => version.Flag("storage") == true).Text("name") is not { Length: > 0 } storage) return;
        var stored = definition.Status().DefaultList("storedVersions");
        if (stored.All(version => version.TextOf() != storage)) stored.Add(storage);
    }

    private static void StoredVersions(JsonObject definition, FieldErrors errors)
    {
        var (versions, index) = (definition.Objects("spec", "versions").Select(version => version.Text("name")).ToHashSet(StringComparer.Ordinal), 0);
        foreach (var stored in definition.Texts("status", "storedVersions"))
        {
            if (!versions.Contains(stored)) errors.Invalid($"status.storedVersions[{index}]", stored, "missing from spec.versions; stored versions must appear in spec.versions");
            index++;
        }
    }

    private static bool IsProtected(string group) => group is "k8s.io" or "kubernetes.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal);

    private static void Names(JsonObject? names, FieldPath path, FieldErrors errors)
    {
        FieldRules.Named(names, "plural", path, errors, NameSyntax.DnsLabel1035);
        FieldRules.Optional(names, "singular", path, errors, NameSyntax.DnsLabel1035);
        FieldRules.Named(names, "kind", path, errors, name => NameSyntax.DnsLabel1035(name.ToLowerInvariant()) is null ? null : "a DNS-1035 label must consist of alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character");
        FieldRules.Optional(names, "listKind", path, errors, name => NameSyntax.DnsLabel1035(name.ToLowerInvariant()));
        if (names.Text("kind").Length > 0 && names.Text("kind") == names.Text("listKind")) errors.Invalid(path.Child("listKind"), names.Text("listKind"), "kind and listKind may not be the same");
        foreach (var member in (ReadOnlySpan<string>)["shortNames", "categories"])
        {
            var index = 0;
            foreach (var name in names.Texts(member))
            {
                if (NameSyntax.DnsLabel1035(name) is { } fault) errors.Invalid(path.Child(member).Item(index), name, fault);
                index++;
            }
        }
    }

    private static void Versions(JsonObject? spec, FieldErrors errors)
    {
        var (names, index, path) = (new HashSet<string>(StringComparer.Ordinal), 0, Spec.Child("versions"));
        foreach (var version in spec.Objects("versions"))
        {
            var at = path.Item(index++);
            FieldRules.Named(version, "name", at, errors, NameSyntax.DnsLabel1035);
            if (!names.Add(version.Text("name"))) errors.Duplicate(at.Child("name"), version.Text("name"));
            if (version.Text("deprecationWarning").Length > 0 && version.Flag("deprecated") != true) errors.Invalid(at.Child("deprecationWarning"), version.Text("deprecationWarning"), "can only be set for deprecated versions");
            Columns(version, at.Child("additionalPrinterColumns"), errors);
            Scale(version.Child("subresources", "scale"), at.Child("subresources").Child("scale"), errors);
            if (version.Child("schema", "openAPIV3Schema") is not { } schema)
            {
                errors.Required(at.Child("schema").Child("openAPIV3Schema"), "schemas are required");
                continue;
            }
            var read = StructuralSchema.Read(schema, new(spec.Text("group"), version.Text("name"), spec.Text("names", "kind")), at.Child("schema").Child("openAPIV3Schema"), out var faults);
            errors.AddRange(faults);
            if (faults.IsEmpty) SchemaRules.Read(schema, read, at.Child("schema").Child("openAPIV3Schema"), errors);
            SelectableFields(version, read, at.Child("selectableFields"), errors);
        }
        if (index > 0 && spec.Objects("versions").Count(version => version.Flag("storage") == true) != 1) errors.Invalid(path, index, "must have exactly one version marked as storage version");
    }

    private static void Columns(JsonObject version, FieldPath path, FieldErrors errors)
    {
        var index = 0;
        foreach (var column in version.Objects("additionalPrinterColumns"))
        {
            var at = path.Item(index++);
            FieldRules.Required(column, "name", at, errors);
            FieldRules.Required(column, "type", at, errors);
            FieldRules.OneOf(column, "type", at, errors, ColumnTypes);
            FieldRules.Required(column, "jsonPath", at, errors);
            if (column.Text("jsonPath") is { Length: > 0 } text && !JsonPath.TryParse(text, out _, out var fault)) errors.Invalid(at.Child("jsonPath"), text, fault);
        }
    }

    private static void Scale(JsonObject? scale, FieldPath path, FieldErrors errors)
    {
        if (scale is null) return;
        FieldRules.Required(scale, "specReplicasPath", path, errors);
        FieldRules.Required(scale, "statusReplicasPath", path, errors);
        Below(scale, "specReplicasPath", path, errors, ".spec.");
        Below(scale, "statusReplicasPath", path, errors, ".status.");
        Below(scale, "labelSelectorPath", path, errors, ".spec.", ".status.");
    }

    private static void Below(JsonObject scale, string member, FieldPath path, FieldErrors errors, params string[] roots)
    {
        if (scale.Text(member) is not { Length: > 0 } text) return;
        if (text.Contains('[', StringComparison.Ordinal) || text.Contains("..", StringComparison.Ordinal)) errors.Invalid(path.Child(member), text, "should be a simple json path");
        else if (!roots.Any(root => text.StartsWith(root, StringComparison.Ordinal) && text.Length > root.Length)) errors.Invalid(path.Child(member), text, $"should be a json path under {string.Join(" or ", roots.Select(root => root.TrimEnd('.')))}");
    }

    private static void SelectableFields(JsonObject version, Schema schema, FieldPath path, FieldErrors errors)
    {
        const int Most = 8;
        var (fields, index) = (version.Objects("selectableFields").ToArray(), 0);
        if (fields.Length > Most) errors.TooMany(path, fields.Length, Most);
        foreach (var field in fields)
        {
            var (at, text) = (path.Item(index++).Child("jsonPath"), field.Text("jsonPath"));
            if (text.Length == 0) errors.Required(at);
            else if (!text.StartsWith('.') || text.StartsWith(".metadata.", StringComparison.Ordinal)) errors.Invalid(at, text, "must be a simple json path to a field of the object, not of its metadata");
            else if (text[1..].Split('.').Aggregate((Schema?)schema, (found, member) => found?.Field(member)?.Schema) is not { } leaf) errors.Invalid(at, text, "is an invalid path: does not exist");
            else if (leaf.Type is not (SchemaType.String or SchemaType.Boolean or SchemaType.Int32 or SchemaType.Int64 or SchemaType.DateTime)) errors.Invalid(at, text, "must point to a field of type string, boolean or integer");
        }
    }

    private static void Conversion(JsonObject? conversion, FieldPath path, FieldErrors errors)
    {
        FieldRules.OneOf(conversion, "strategy", path, errors, "None", "Webhook");
        if (conversion.Text("strategy") != "Webhook")
        {
            if (conversion.Has("webhook")) errors.Forbidden(path.Child("webhook"), "should not be set when strategy is not set to Webhook");
            return;
        }
        if (conversion.Child("webhook", "clientConfig") is { } client) WebhookClientRules.Validate(client, path.Child("webhook").Child("clientConfig"), errors);
        else errors.Required(path.Child("webhook").Child("clientConfig"), "required when strategy is set to Webhook");
        string[] spoken = [.. conversion.Texts("webhook", "conversionReviewVersions")];
        if (spoken.Length == 0) errors.Required(path.Child("webhook").Child("conversionReviewVersions"));
        else if (!spoken.Contains("v1")) errors.Invalid(path.Child("webhook").Child("conversionReviewVersions"), conversion!["webhook"]!["conversionReviewVersions"], "must include at least one of v1");
    }
}
