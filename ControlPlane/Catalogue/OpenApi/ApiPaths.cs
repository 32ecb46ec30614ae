using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>The paths of kinds with the operations their verbs allow.</summary>
internal static class ApiPaths
{
    /// <summary>All paths of one group and version, in order.</summary>
    public static IEnumerable<ApiPath> Of(GroupVersionKinds version) => version.Kinds.SelectMany(kind => Of(version, kind)).OrderBy(path => path.Path, StringComparer.Ordinal);

    private static IEnumerable<ApiPath> Of(GroupVersionKinds version, KindDefinition kind)
    {
        var root = $"/{version.Path}";
        var collection = kind.Namespaced ? $"{root}/namespaces/{{namespace}}/{kind.Plural}" : $"{root}/{kind.Plural}";
        ImmutableArray<ApiParameter> scope = kind.Namespaced ? [ApiParameters.Namespace] : [];
        var self = new GroupVersionKind(kind.Group, kind.Version, kind.Kind);
        var (model, list) = (kind.Schema, kind.ListSchema);
        var (options, status) = (DefinitionNames.DeleteOptions, DefinitionNames.Status);

        ImmutableArray<ApiOperation> onCollection =
        [
            .. When("list", () => new("get", "list", Id("list"), self, ApiParameters.List, null, list)),
            .. When("create", () => new("post", "post", Id("create"), self, ApiParameters.Write, model, model)),
            .. When("deletecollection", () => new("delete", "deletecollection", Id("deleteCollection"), self, ApiParameters.DeleteCollection, options, status)),
        ];
        if (!onCollection.IsEmpty) yield return new(collection, scope, onCollection);
        if (kind.Namespaced && kind.Verbs.Contains("list"))
        {
            var everywhere = Id("list").Replace("Namespaced", "", StringComparison.Ordinal) + "ForAllNamespaces";
            yield return new($"{root}/{kind.Plural}", [], [new("get", "list", everywhere, self, ApiParameters.List, null, list)]);
        }

        ImmutableArray<ApiOperation> onItem =
        [
            .. When("get", () => new("get", "get", Id("read"), self, ApiParameters.None, null, model)),
            .. When("update", () => new("put", "put", Id("replace"), self, ApiParameters.Write, model, model)),
            .. When("delete", () => new("delete", "delete", Id("delete"), self, ApiParameters.Delete, options, status)),
            .. When("patch", () => new("patch", "patch", Id("patch"), self, ApiParameters.Patch, DefinitionNames.Patch, model) { Takes = MediaTypes.Patches(kind) }),
        ];
        if (!onItem.IsEmpty) yield return new($"{collection}/{{name}}", [ApiParameters.Name, .. scope], onItem);
        foreach (var subresource in kind.Subresources)
        {
            yield return new($"{collection}/{{name}}/{subresource.Name}", [ApiParameters.Name, .. scope], [.. subresource.Verbs.Select(verb => On(kind, subresource, verb))]);
        }

        string Id(string verb) => OperationId(verb, kind, "");
        IEnumerable<ApiOperation> When(string verb, Func<ApiOperation> make) => kind.Verbs.Contains(verb) ? [make()] : [];
    }

    private static ApiOperation On(KindDefinition kind, SubresourceDefinition subresource, string verb)
    {
        var gvk = new GroupVersionKind(subresource.Group, subresource.Version, subresource.Kind);
        var suffix = char.ToUpperInvariant(subresource.Name[0]) + subresource.Name[1..];
        if (subresource.Body is not { } model)
        {
            var (method, action) = subresource.Name == "log" ? ("get", "get") : (verb == "get" ? "get" : "post", "connect");
            var id = OperationId(action == "get" ? "read" : $"connect{(method == "get" ? "Get" : "Post")}", kind, suffix);
            return new(method, action, id, gvk, action == "get" ? ApiParameters.Log : ApiParameters.None, null, null);
        }
        return verb switch
        {
            "get" => new("get", "get", OperationId("read", kind, suffix), gvk, ApiParameters.None, null, model),
            "update" => new("put", "put", OperationId("replace", kind, suffix), gvk, ApiParameters.Write, model, model),
            "patch" => new("patch", "patch", OperationId("patch", kind, suffix), gvk, ApiParameters.Patch, DefinitionNames.Patch, model) { Takes = MediaTypes.Patches(kind) },
            _ => new("post", "post", OperationId("create", kind, suffix), gvk, ApiParameters.Write, model, model),
        };
    }

    private static string OperationId(string verb, KindDefinition kind, string suffix)
    {
        var group = kind.Group.Length == 0 ? "core" : kind.Group.Split('.')[0];
        return $"{verb}{Capital(group)}{Capital(kind.Version)}{(kind.Namespaced ? "Namespaced" : "")}{kind.Kind}{suffix}";
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
