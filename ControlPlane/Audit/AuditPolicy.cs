using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Catalogue.Decoding;
using Shared.Json;

namespace ControlPlane.Audit;

/// <summary>How much of a request is written down.</summary>
public enum AuditLevel { None, Metadata, Request, RequestResponse }

/// <summary>
/// What is written down of which requests: Kubernetes' <c>audit.k8s.io/v1</c> Policy. Of several rules the first that matches counts; a request that none matches is not written down. Of
/// Secrets and tokens never more than <see cref="AuditLevel.Metadata"/> is, whatever a rule says.
/// </summary>
public sealed class AuditPolicy
{
    private const string Version = "audit.k8s.io/v1";
    private static readonly string[] Stages = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
    private static readonly string[] RuleFields = ["level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages", "omitManagedFields"];
    private readonly ImmutableArray<Rule> _rules;
    private readonly ImmutableArray<string> _omitted;

    private AuditPolicy(ImmutableArray<Rule> rules, ImmutableArray<string> omitted) => (_rules, _omitted) = (rules, omitted);

    /// <summary>Reads a policy, YAML or JSON.</summary>
    /// <exception cref="FormatException">It is none; the message names the field.</exception>
    public static AuditPolicy Parse(ReadOnlyMemory<byte> text)
    {
        if (YamlToJson.Convert(text, out var json) is { } fault) throw new FormatException(fault.Message);
        var policy = JsonNode.Parse(json.Span, documentOptions: new JsonDocumentOptions { MaxDepth = 32 }) as JsonObject ?? throw new FormatException("the policy is not an object");
        if (policy.Text("apiVersion") != Version || policy.Text("kind") != "Policy") throw new FormatException($"apiVersion and kind must be {Version} and Policy");
        Known(policy, "", "apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields");
        var rules = policy.Objects("rules").Select((rule, index) => Read(rule, $"rules[{index}]")).ToImmutableArray();
        return rules.IsEmpty ? throw new FormatException("rules: Required value") : new(rules, StagesOf(policy, "omitStages"));
    }

    /// <summary>How much of a request is written down, and at which of its stages nothing is.</summary>
    public (AuditLevel Level, ImmutableArray<string> Omitted) Of(UserInfo user, RequestInfo request)
    {
        foreach (var rule in _rules)
        {
            if (rule.Matches(user, request)) return (IsSecret(request) && rule.Level > AuditLevel.Metadata ? AuditLevel.Metadata : rule.Level, [.. _omitted, .. rule.Omitted]);
        }
        return (AuditLevel.None, []);
    }

    /// <summary>Whether a request is about what nobody may read in a log: a policy's annotation of it might say it.</summary>
    public static bool IsSecret(RequestInfo request) => request is { Group: "", Resource: "secrets" } or { Resource: "serviceaccounts", Subresource: "token" } or { Resource: "tokenreviews" }
        || request.Path.StartsWith("/apis/history.actors.dev/", StringComparison.Ordinal);

    private static Rule Read(JsonObject rule, string at)
    {
        Known(rule, at + ".", RuleFields);
        if (!Enum.TryParse<AuditLevel>(rule.Text("level"), out var level) || !Enum.IsDefined(level)) throw new FormatException($"{at}.level: Unsupported value: \"{rule.Text("level")}\": supported values: None, Metadata, Request, RequestResponse");
        var resources = rule.Objects("resources").Select((resource, index) =>
        {
            Known(resource, $"{at}.resources[{index}].", "group", "resources", "resourceNames");
            return new Resources(resource.Text("group"), [.. resource.Texts("resources")], [.. resource.Texts("resourceNames")]);
        }).ToImmutableArray();
        ImmutableArray<string> urls = [.. rule.Texts("nonResourceURLs")];
        if (urls.Length > 0 && (resources.Length > 0 || rule.HasElements("namespaces"))) throw new FormatException($"{at}.nonResourceURLs: Invalid value: rules cannot apply to both regular resources and non-resource URLs");
        return new(level, [.. rule.Texts("users")], [.. rule.Texts("userGroups")], [.. rule.Texts("verbs")], [.. rule.Texts("namespaces")], resources, urls, StagesOf(rule, $"{at}.omitStages"));
    }

    private static ImmutableArray<string> StagesOf(JsonObject holder, string at)
    {
        ImmutableArray<string> stages = [.. holder.Texts("omitStages")];
        return stages.FirstOrDefault(stage => !Stages.Contains(stage)) is { } odd ? throw new FormatException($"{at}: Unsupported value: \"{odd}\": supported values: {string.Join(", ", Stages)}") : stages;
    }

    private static void Known(JsonObject holder, string at, params string[] fields)
    {
        if (holder.FirstOrDefault(member => !fields.Contains(member.Key)) is { Key: { } odd }) throw new FormatException($"unknown field \"{at}{odd}\"");
    }

    private sealed record Resources(string Group, ImmutableArray<string> Names, ImmutableArray<string> Objects)
    {
        public bool Matches(RequestInfo request)
        {
            if (request.Group != Group) return false;
            var combined = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
            return (Names.IsEmpty || Names.Any(name => name == combined || name == "*" || (request.Subresource.Length > 0 && (name == $"{request.Resource}/*" || name == $"*/{request.Subresource}"))))
                && (Objects.IsEmpty || Objects.Contains(request.Name));
        }
    }

    private sealed record Rule(
        AuditLevel Level, ImmutableArray<string> Users, ImmutableArray<string> Groups, ImmutableArray<string> Verbs, ImmutableArray<string> Namespaces, ImmutableArray<Resources> Resources, ImmutableArray<string> Urls,
        ImmutableArray<string> Omitted)
    {
        public bool Matches(UserInfo user, RequestInfo request)
        {
            if (!Users.IsEmpty && !Users.Contains(user.Name)) return false;
            if (!Groups.IsEmpty && !user.Groups.Any(group => Groups.Contains(group))) return false;
            if (!Verbs.IsEmpty && !Verbs.Contains(request.Verb)) return false;
            if (Namespaces.IsEmpty && Resources.IsEmpty && Urls.IsEmpty) return true;
            if (request.Resource.Length == 0) return Urls.Any(url => url == "*" || url == request.Path || (url.EndsWith('*') && request.Path.StartsWith(url[..^1], StringComparison.Ordinal)));
            if (!Urls.IsEmpty || (!Namespaces.IsEmpty && !Namespaces.Contains(request.Namespace))) return false;
            return Resources.IsEmpty || Resources.Any(resource => resource.Matches(request));
        }
    }
}
