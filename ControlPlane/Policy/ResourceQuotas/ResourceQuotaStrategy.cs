using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>How ResourceQuotas are written.</summary>
public sealed class ResourceQuotaStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");
    private static readonly string[] Operators = ["In", "NotIn", "Exists", "DoesNotExist"];

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject();

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        FieldRules.Quantities(spec.Child("hard"), Spec.Child("hard"), errors);
        var scopes = Scopes(spec, errors);
        foreach (var (name, amount) in spec.Child("hard") ?? [])
        {
            var path = Spec.Child("hard").Key(name);
            if (!QuotaResources.IsStandard(name)) errors.Invalid(path, name, "must be a standard resource for quota");
            if (QuotaResources.IsWhole(name) && Quantities.TryParseMilli(amount.Any(), out var milli) && milli % 1000 != 0) errors.Invalid(path, amount, "must be an integer");
            foreach (var (scope, at) in scopes)
            {
                if (scope == QuotaScopes.BestEffort ? name != "pods" : !QuotaResources.MayBeScoped(name)) errors.Invalid(at, scope, $"unsupported scope applied to resource {name}");
            }
        }
    }

    private static List<(string Scope, FieldPath At)> Scopes(JsonObject? spec, FieldErrors errors)
    {
        var (scopes, index) = (new List<(string, FieldPath)>(), 0);
        foreach (var scope in spec.Texts("scopes")) Add(scope, Spec.Child("scopes").Item(index++));
        index = 0;
        foreach (var expression in spec.Objects("scopeSelector", "matchExpressions"))
        {
            var at = Spec.Child("scopeSelector").Child("matchExpressions").Item(index++);
            var (scope, @operator, values) = (expression.Text("scopeName"), expression.Text("operator"), expression.List("values")?.Count ?? 0);
            Add(scope, at.Child("scopeName"));
            if (!Operators.Contains(@operator)) errors.NotSupported(at.Child("operator"), @operator, Operators);
            else if (scope != QuotaScopes.PriorityClass && @operator != "Exists") errors.Invalid(at.Child("operator"), @operator, "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
            if (@operator is "In" or "NotIn" && values == 0) errors.Required(at.Child("values"), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
            if (@operator is "Exists" or "DoesNotExist" && values > 0) errors.Invalid(at.Child("values"), expression["values"], "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
        }
        foreach (var (one, other) in (ReadOnlySpan<(string, string)>)[(QuotaScopes.BestEffort, QuotaScopes.NotBestEffort), (QuotaScopes.Terminating, QuotaScopes.NotTerminating)])
        {
            if (scopes.Any(scope => scope.Item1 == one) && scopes.Any(scope => scope.Item1 == other)) errors.Invalid(Spec.Child("scopes"), spec?["scopes"], "conflicting scopes");
        }
        return scopes;

        void Add(string scope, FieldPath at)
        {
            scopes.Add((scope, at));
            if (!QuotaScopes.All.Contains(scope)) errors.Invalid(at, scope, "unsupported scope");
        }
    }
}
