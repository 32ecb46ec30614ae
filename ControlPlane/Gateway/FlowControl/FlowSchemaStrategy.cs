using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>How FlowSchemas are written.</summary>
internal sealed class FlowSchemaStrategy : KindStrategy
{
    private const string All = "*";
    private static readonly FieldPath Spec = FieldPath.Of("spec");
    private static readonly string[] Verbs = [All, "create", "delete", "deletecollection", "get", "head", "list", "options", "patch", "post", "proxy", "put", "update", "watch"];

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object) => @object.DefaultChild("spec").Default("matchingPrecedence", FlowDefaults.Precedence);

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (spec, name) = (@object.Child("spec"), @object.Metadata().Text("name"));
        if (BuiltInFlows.FixedSpec(FlowSchema.Resource, name) is { } must && !JsonNode.DeepEquals(spec, must)) errors.Invalid(Spec, spec?.DeepClone(), $"spec of '{name}' must equal the fixed value");
        FieldRules.Between(spec, "matchingPrecedence", 1, 10_000, Spec, errors);
        if (spec.Number("matchingPrecedence") == 1 && name != BuiltInFlows.Exempt) errors.Invalid(Spec.Child("matchingPrecedence"), 1, "only the schema named 'exempt' may have matchingPrecedence 1");
        if (spec.Child("distinguisherMethod") is { } method) FieldRules.OneOf(method, "type", Spec.Child("distinguisherMethod"), errors, "ByNamespace", "ByUser");
        FieldRules.Required(spec.Child("priorityLevelConfiguration"), "name", Spec.Child("priorityLevelConfiguration"), errors);
        var index = 0;
        foreach (var rule in spec.Objects("rules")) ValidateRule(rule, Spec.Child("rules").Item(index++), errors);
    }

    private static void ValidateRule(JsonObject rule, FieldPath path, FieldErrors errors)
    {
        if (!rule.HasElements("subjects")) errors.Required(path.Child("subjects"), "subjects must contain at least one value");
        var index = 0;
        foreach (var subject in rule.Objects("subjects")) ValidateSubject(subject, path.Child("subjects").Item(index++), errors);
        if (!rule.HasElements("resourceRules") && !rule.HasElements("nonResourceRules")) errors.Required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
        index = 0;
        foreach (var resources in rule.Objects("resourceRules"))
        {
            var at = path.Child("resourceRules").Item(index++);
            ValidateVerbs(resources, at, errors);
            NotEmpty(resources, "apiGroups", at, errors);
            NotEmpty(resources, "resources", at, errors);
            if (!resources.HasElements("namespaces") && resources.Flag("clusterScope") != true) errors.Required(at.Child("namespaces"), "resource rules that are not cluster scoped must supply at least one namespace");
            AllAlone(resources, "namespaces", at, errors);
        }
        index = 0;
        foreach (var urls in rule.Objects("nonResourceRules"))
        {
            var at = path.Child("nonResourceRules").Item(index++);
            ValidateVerbs(urls, at, errors);
            NotEmpty(urls, "nonResourceURLs", at, errors);
            var place = 0;
            foreach (var url in urls.Texts("nonResourceURLs"))
            {
                if (UrlFault(url) is { } fault) errors.Invalid(at.Child("nonResourceURLs").Item(place), url, fault);
                place++;
            }
        }
    }

    private static void ValidateSubject(JsonObject subject, FieldPath path, FieldErrors errors)
    {
        var kind = subject.Text("kind");
        if (kind is not ("Group" or "ServiceAccount" or "User"))
        {
            errors.NotSupported(path.Child("kind"), kind, "Group", "ServiceAccount", "User");
            return;
        }
        var wanted = kind == "ServiceAccount" ? "serviceAccount" : kind.ToLowerInvariant();
        foreach (var member in (ReadOnlySpan<string>)["user", "group", "serviceAccount"])
        {
            if (member != wanted && subject.Has(member)) errors.Forbidden(path.Child(member), $"{member} is forbidden when subject kind is not '{(member == "serviceAccount" ? "ServiceAccount" : char.ToUpperInvariant(member[0]) + member[1..])}'");
        }
        if (subject.Child(wanted) is not { } named)
        {
            errors.Required(path.Child(wanted), $"{wanted} is required when subject kind is '{kind}'");
            return;
        }
        FieldRules.Required(named, "name", path.Child(wanted), errors);
        if (kind == "ServiceAccount") FieldRules.Required(named, "namespace", path.Child(wanted), errors);
    }

    private static void ValidateVerbs(JsonObject rule, FieldPath path, FieldErrors errors)
    {
        NotEmpty(rule, "verbs", path, errors);
        var index = 0;
        foreach (var verb in rule.Texts("verbs"))
        {
            if (!Verbs.Contains(verb)) errors.NotSupported(path.Child("verbs").Item(index), verb, Verbs);
            index++;
        }
    }

    private static void NotEmpty(JsonObject rule, string member, FieldPath path, FieldErrors errors)
    {
        if (!rule.HasElements(member)) errors.Required(path.Child(member));
        AllAlone(rule, member, path, errors);
    }

    private static void AllAlone(JsonObject rule, string member, FieldPath path, FieldErrors errors)
    {
        if (rule.Items(member) is { Count: > 1 } && rule.Texts(member).Contains(All)) errors.Invalid(path.Child(member), rule[member]?.DeepClone(), "if '*' is present, must not specify other values");
    }

    private static string? UrlFault(string url) => url switch
    {
        All => null,
        "" or not ['/', ..] => "must start with '/'",
        _ when url.Contains(' ', StringComparison.Ordinal) => "must not contain white-space",
        _ when url.Contains("//", StringComparison.Ordinal) => "must not contain double slash",
        _ when url.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star && (star != url.Length - 1 || url[star - 1] != '/') => "wildcard can only do suffix matching",
        _ => null,
    };
}
