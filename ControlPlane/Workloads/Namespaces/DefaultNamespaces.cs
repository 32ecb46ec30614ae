using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>The namespaces every cluster has.</summary>
public static class DefaultNamespaces
{
    private static readonly Requester By = Requester.Controller("namespace-controller");

    public static ImmutableArray<string> Names { get; } = ["default", "kube-system", "kube-public", "kube-node-lease"];

    /// <summary>Creates what is missing.</summary>
    public static Plan Missing(IObjectView view) => new()
    {
        Commands = [.. Names.Select(name => new ObjectKey("", "namespaces", "", name)).Where(key => view.Get(key) is null).Select(Create)],
    };

    private static ObjectCommand Create(ObjectKey key) => new CreateObject(
        key,
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = key.Name, ["labels"] = new JsonObject { ["kubernetes.io/metadata.name"] = key.Name } },
            ["spec"] = new JsonObject(),
        },
        By);
}
