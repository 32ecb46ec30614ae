using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Access;
using Shared.Json;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>Some users and some requests: flowcontrol.apiserver.k8s.io/v1 PolicyRulesWithSubjects.</summary>
internal sealed record FlowRule(ImmutableArray<FlowRule.Subject> Subjects, ImmutableArray<FlowRule.ResourceRule> Resources, ImmutableArray<FlowRule.UrlRule> Urls)
{
    private const string All = "*";

    public static FlowRule Read(JsonElement rule) => new(
        [.. rule.Objects("subjects").Select(Subject.Read)],
        [.. rule.Objects("resourceRules").Select(ResourceRule.Read)],
        [.. rule.Objects("nonResourceRules").Select(UrlRule.Read)]);

    /// <summary>Whether both the user and what is asked for are meant.</summary>
    public bool Has(UserInfo user, RequestInfo request) =>
        Subjects.Any(subject => subject.Is(user)) && (request.Resource.Length > 0 ? Resources.Any(rule => rule.Has(request)) : Urls.Any(rule => rule.Has(request)));

    private static bool Among(ImmutableArray<string> values, string wanted) => values.Contains(wanted) || values.Contains(All);

    /// <summary>A user, a group or a service account; <c>*</c> stands for every name.</summary>
    public sealed record Subject(string Kind, string Namespace, string Name)
    {
        public static Subject Read(JsonElement subject)
        {
            var kind = subject.Text("kind");
            var named = subject.At(kind switch { "User" => "user", "Group" => "group", _ => "serviceAccount" });
            return new(kind, named.Text("namespace"), named.Text("name"));
        }

        public bool Is(UserInfo user) => Kind switch
        {
            "User" => Name == All || Name == user.Name,
            "Group" => Name == All || user.Groups.Contains(Name),
            _ => UserInfo.ServiceAccountOf(user.Name) is { } account && account.Namespace == Namespace && (Name == All || Name == account.Name),
        };
    }

    /// <summary>Requests for resources. One that spans namespaces or has none is meant where the rule is for the cluster.</summary>
    public sealed record ResourceRule(ImmutableArray<string> Verbs, ImmutableArray<string> Groups, ImmutableArray<string> Resources, ImmutableArray<string> Namespaces, bool ForCluster)
    {
        public static ResourceRule Read(JsonElement rule) =>
            new([.. rule.Texts("verbs")], [.. rule.Texts("apiGroups")], [.. rule.Texts("resources")], [.. rule.Texts("namespaces")], rule.Flag("clusterScope") == true);

        public bool Has(RequestInfo request) =>
            Among(Verbs, request.Verb) && Among(Groups, request.Group)
            && Among(Resources, request.Subresource.Length > 0 ? $"{request.Resource}/{request.Subresource}" : request.Resource)
            && (request.Namespace.Length == 0 ? ForCluster : Among(Namespaces, request.Namespace));
    }

    /// <summary>Requests for paths that are no resources; a path that ends in <c>/*</c> stands for all below it.</summary>
    public sealed record UrlRule(ImmutableArray<string> Verbs, ImmutableArray<string> Paths)
    {
        public static UrlRule Read(JsonElement rule) => new([.. rule.Texts("verbs")], [.. rule.Texts("nonResourceURLs")]);

        public bool Has(RequestInfo request) => Among(Verbs, request.Verb)
            && Paths.Any(path => path == All || path == request.Path || (path.EndsWith("/*", StringComparison.Ordinal) && request.Path.StartsWith(path[..^1], StringComparison.Ordinal)));
    }
}
