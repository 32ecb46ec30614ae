using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Access.Roles;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.Reviews;

/// <summary>Answers questions about who somebody is and what they may do: <c>kubectl auth can-i</c>, <c>kubectl auth whoami</c>, and those that extension servers ask.</summary>
public sealed class ReviewAnswers(IAuthorizer authorizer, TokenAuthenticator tokens)
{
    private const string Resource = "resourceAttributes";
    private const string NonResource = "nonResourceAttributes";

    /// <summary>The review with its status, or why it is no review that can be answered.</summary>
    /// <param name="kind">The review's kind.</param>
    /// <param name="review">The decoded review; its status is filled in.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="namespace">Of a LocalSubjectAccessReview, the one in the path.</param>
    public async Task<ApiStatus?> Answer(KindDefinition kind, JsonObject review, UserInfo user, string @namespace)
    {
        var spec = review.DefaultChild("spec");
        switch (kind.Kind)
        {
            case "SelfSubjectReview":
                review.Remove("spec");
                review["status"] = new JsonObject { ["userInfo"] = user.ToJson() };
                return null;
            case "SelfSubjectRulesReview":
                if (spec.Text("namespace").Length == 0) return ApiStatus.BadRequest("no namespace on request");
                review["status"] = Rules([.. authorizer.RulesOf(user, spec.Text("namespace"))]);
                return null;
            case "TokenReview":
                if (spec.Text("token").Length == 0) return ApiStatus.BadRequest("token is required for TokenReview in authentication");
                review["status"] = await Token(spec);
                return null;
            case "SelfSubjectAccessReview":
                return Access(kind, review, spec, user, null);
            case "SubjectAccessReview" or "LocalSubjectAccessReview":
                if (spec.Text("user").Length == 0 && !spec.HasElements("groups")) return Invalid(kind, errors => errors.Invalid("spec.user", spec.Text("user"), "at least one of user or group must be specified"));
                return Access(kind, review, spec, Subject(spec), kind.Kind == "LocalSubjectAccessReview" ? @namespace : null);
            default:
                return new(501, "NotImplemented", $"{kind.Plural} is not served by this control plane yet");
        }
    }

    private ApiStatus? Access(KindDefinition kind, JsonObject review, JsonObject spec, UserInfo subject, string? within)
    {
        var (resource, other) = (spec.Child(Resource), spec.Child(NonResource));
        if (resource is not null && other is not null) return Invalid(kind, errors => errors.Invalid($"spec.{NonResource}", null, $"cannot be specified in combination with {Resource}"));
        if (resource is null && other is null) return Invalid(kind, errors => errors.Invalid($"spec.{Resource}", null, $"exactly one of {NonResource} or {Resource} must be specified"));
        if (within is not null && resource is null) return Invalid(kind, errors => errors.Invalid($"spec.{NonResource}", null, "disallowed on this kind of request"));
        if (within is not null && resource!.Text("namespace") != within)
        {
            return Invalid(kind, errors => errors.Invalid($"spec.{Resource}.namespace", resource!.Text("namespace"), $"must match metadata.namespace: {within}"));
        }
        var request = resource is not null
            ? new RequestInfo
            {
                Path = "",
                Verb = resource.Text("verb"),
                Group = resource.Text("group"),
                Version = resource.Text("version"),
                Resource = resource.Text("resource"),
                Subresource = resource.Text("subresource"),
                Namespace = resource.Text("namespace"),
                Name = resource.Text("name"),
            }
            : new RequestInfo { Path = other!.Text("path"), Verb = other!.Text("verb") };
        var verdict = authorizer.Judge(subject, request);
        var status = new JsonObject { ["allowed"] = verdict.Allowed };
        if (verdict.Reason.Length > 0) status["reason"] = verdict.Reason;
        review["status"] = status;
        return null;
    }

    private async Task<JsonObject> Token(JsonObject spec)
    {
        ImmutableArray<string> audiences = [.. spec.Texts("audiences")];
        var found = await tokens.Find(spec.Text("token"), audiences);
        if (found is not { User: { } user }) return new() { ["authenticated"] = false, ["error"] = found.Fault, ["user"] = new JsonObject() };
        var status = new JsonObject { ["authenticated"] = true, ["user"] = user.ToJson() };
        if (!found.Audiences.IsEmpty) status["audiences"] = new JsonArray([.. found.Audiences.Select(audience => (JsonNode)audience)]);
        return status;
    }

    private static JsonObject Rules(PolicyRule[] rules)
    {
        var (resources, others) = (new JsonArray(), new JsonArray());
        foreach (var rule in rules.Distinct()) (rule.Urls.IsEmpty ? resources : others).Add((JsonNode)rule.ToJson());
        return new() { ["resourceRules"] = resources, ["nonResourceRules"] = others, ["incomplete"] = false };
    }

    private static UserInfo Subject(JsonObject spec)
    {
        var extra = (spec.Child("extra") ?? []).Select(entry => KeyValuePair.Create(entry.Key.ToLowerInvariant(), ImmutableArray.CreateRange((entry.Value as JsonArray ?? []).Select(value => value.Text()))));
        return new(spec.Text("user"), [.. spec.Texts("groups")]) { Uid = spec.Text("uid"), Extra = extra.ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }

    private static ApiStatus Invalid(KindDefinition kind, Action<FieldErrors> add)
    {
        var errors = new FieldErrors();
        add(errors);
        return ApiStatus.Invalid(kind.Group, kind.Kind, "", errors.Causes);
    }
}
