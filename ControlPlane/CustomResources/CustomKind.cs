using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.CustomResources.Rules;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Selectors;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.CustomResources;

/// <summary>What a CustomResourceDefinition says, as the entries of the catalogue that it stands for: one for each version. Immutable.</summary>
internal sealed class CustomKind
{
    private const string NoDescription = "Custom resource definition column (in JSONPath format): ";

    private CustomKind(StoredObject definition)
    {
        var tree = definition.ToJsonObject();
        var (spec, names) = (tree.Child("spec"), tree.Child("spec", "names"));
        (Stored, Group, Names, IsEstablished) = (definition, spec.Text("group"), CustomNames.Of(names), Conditions.Holds(tree["status"], "Established"));
        Converter = spec.Text("conversion", "strategy") == "Webhook" ? WebhookAddress.Read(spec.Child("conversion", "webhook", "clientConfig"), WebhookConversion.Patience) : null;
        JsonObject[] versions = [.. spec.Objects("versions")];
        var storage = StorageVersion(tree);
        var resource = new GroupResource(Group, Names.Plural);
        Versions = [.. versions.Where(version => version.Flag("served") == true || version.Text("name") == storage).OrderBy(version => version.Text("name"), VersionPriority.Order).Select(version =>
            Version(version, spec!, storage) with { Storage = resource, Conversion = version.Text("name") == storage ? null : new RenamedVersion() })];
    }

    public StoredObject Stored { get; }

    public string Group { get; }

    public CustomNames Names { get; }

    /// <summary>Where the webhook is that converts its versions; null where they differ in their name only.</summary>
    public WebhookAddress? Converter { get; }

    /// <summary>Whether it was told that its objects are served: its names are its own.</summary>
    public bool IsEstablished { get; }

    /// <summary>The versions that are served, and the one that objects are stored in.</summary>
    public ImmutableArray<KindDefinition> Versions { get; }

    /// <summary>Reads a definition that was validated.</summary>
    public static CustomKind Of(StoredObject definition) => new(definition);

    /// <summary>
    /// The version that objects are stored in: the one that the first of them was, as long as it is there. Which one that is can't be seen through the API, and
    /// so nothing ever has to be read in two.
    /// </summary>
    public static string StorageVersion(JsonObject definition)
    {
        var versions = definition.Objects("spec", "versions").ToArray();
        return definition.Texts("status", "storedVersions").FirstOrDefault(stored => versions.Any(version => version.Text("name") == stored))
            ?? versions.FirstOrDefault(version => version.Flag("storage") == true).Text("name");
    }

    private KindDefinition Version(JsonObject version, JsonObject spec, string storage)
    {
        var name = version.Text("name");
        var kind = new GroupVersionKind(Group, name, Names.Kind);
        var written = version.Child("schema", "openAPIV3Schema") ?? OpenSchema();
        var schema = StructuralSchema.Read(written, kind, "", out _);
        var rules = SchemaRules.Read(written, schema, FieldPath.Of("schema"), new FieldErrors());
        var scale = version.Child("subresources", "scale");
        var isEnding = Stored.Header.DeletionTimestamp is not null;
        return new()
        {
            Group = Group,
            Version = name,
            Kind = Names.Kind,
            ListKind = Names.ListKind,
            Plural = Names.Plural,
            Singular = Names.Singular,
            ShortNames = Names.ShortNames,
            Categories = Names.Categories,
            Namespaced = spec.Text("scope") == "Namespaced",
            Schema = schema,
            ListSchema = StructuralSchema.ListOf(schema, kind),
            HasStatus = version.Child("subresources").Has("status"),
            HasScale = scale is not null,
            Scale = scale is null ? ScalePaths.Default : new(Members(scale.Text("specReplicasPath")), Members(scale.Text("statusReplicasPath")), Members(scale.Text("labelSelectorPath"))),
            SelectableFields = [.. version.Objects("selectableFields").Select(field => SelectableField.At(field.Text("jsonPath").TrimStart('.')))],
            Columns = Columns(version),
            Strategy = rules is null ? KindStrategy.Default : new CustomResourceStrategy(rules),
            Verbs = isEnding ? ["delete", "deletecollection", "get", "list", "patch", "update", "watch"] : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            Definition = Stored.Key.Name,
            DeprecationWarning = Deprecation(version),
            Ratchets = true,
            Internal = name == storage && version.Flag("served") != true,
        };
    }

    // A version without a schema keeps whatever it is given.
    private static JsonObject OpenSchema() => new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };

    private string Deprecation(JsonObject version)
    {
        if (version.Flag("deprecated") != true) return "";
        return version.Text("deprecationWarning") is { Length: > 0 } words ? words : $"{Group}/{version.Text("name")} {Names.Kind} is deprecated";
    }

    private static ImmutableArray<PrinterColumn> Columns(JsonObject version)
    {
        var columns = ImmutableArray.CreateBuilder<PrinterColumn>();
        columns.Add(Column.Name);
        foreach (var column in version.Objects("additionalPrinterColumns"))
        {
            if (!JsonPath.TryParse(column.Text("jsonPath"), out var path, out _)) continue;
            var description = column.Text("description") is { Length: > 0 } told ? told : NoDescription + column.Text("jsonPath");
            columns.Add(Column.At(column.Text("name"), column.Text("type"), path, (int)(column.Number("priority") ?? 0), column.Text("format"), description));
        }
        if (columns.Count == 1) columns.Add(Column.Age);
        return columns.DrainToImmutable();
    }

    private static ImmutableArray<string> Members(string path) => path.Length == 0 ? [] : [.. path.TrimStart('.').Split('.')];
}
