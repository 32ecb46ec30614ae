using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>
/// Looks at the expressions of a ValidatingAdmissionPolicy as if the kinds of its objects were known, by Kubernetes' rules: what they would find undefined then is nothing but a warning, since a rule
/// may mean other kinds too. Pure.
/// </summary>
internal static class PolicyTypeCheck
{
    /// <summary>No more kinds are looked at.</summary>
    private const int MostKinds = 10;

    /// <summary>The <c>expressionWarnings</c> of a policy.</summary>
    public static JsonArray Warnings(JsonObject? spec, IKinds kinds)
    {
        var warnings = new JsonArray();
        var languages = Kinds(spec, kinds).Select(kind => (Kind: kind, Language: Language(spec, kind, kinds))).ToArray();
        var index = 0;
        foreach (var validation in spec.Objects("validations"))
        {
            foreach (var member in (string[])["expression", "messageExpression"])
            {
                if (validation.Text(member) is not { Length: > 0 } text) continue;
                var found = languages.Select(one => one.Language.Faults(text) is { } faults ? $"{one.Kind.Group}/{one.Kind.Version}, Kind={one.Kind.Kind}: {faults}\n" : null).OfType<string>().ToArray();
                if (found.Length > 0) warnings.Add((JsonNode)new JsonObject { ["fieldRef"] = $"spec.validations[{index}].{member}", ["warning"] = string.Join('\n', found) });
            }
            index++;
        }
        return warnings;
    }

    // A rule with a wildcard says nothing of kinds; a subresource may have an object of another.
    private static IEnumerable<KindDefinition> Kinds(JsonObject? spec, IKinds kinds)
    {
        var meant = new HashSet<KindDefinition>(ReferenceEqualityComparer.Instance);
        foreach (var rule in spec.Objects("matchConstraints", "resourceRules").Select(WebhookRule.Read))
        {
            if (rule.Groups.Contains(WebhookRule.Any) || rule.Versions.Contains(WebhookRule.Any)) continue;
            meant.UnionWith(kinds.All.Where(kind => kind.Stored && rule.Groups.Contains(kind.Group) && rule.Versions.Contains(kind.Version) && rule.Resources.Contains((kind.Plural, ""))));
        }
        return meant.OrderBy(kind => (kind.Group, kind.Version, kind.Kind)).Take(MostKinds);
    }

    private static PolicyLanguage Language(JsonObject? spec, KindDefinition kind, IKinds kinds)
    {
        var wanted = ParamKind.Read(spec.Child("paramKind"));
        var found = wanted is null ? null : kinds.FindKind(wanted.Group, wanted.Version, wanted.Kind);
        var language = new PolicyLanguage(wanted is not null, CelType.OfPlain(kind.Schema), found is null ? null : CelType.OfPlain(found.Schema));
        foreach (var variable in spec.Objects("variables")) language.Variable(variable.Text("name"), variable.Text("expression"));
        return language;
    }
}
