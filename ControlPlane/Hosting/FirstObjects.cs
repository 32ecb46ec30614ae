using System.Text.Json.Nodes;
using Akka.Actor;
using ControlPlane.Objects;

namespace ControlPlane.Hosting;

/// <summary>The objects that every cluster has from its first start: its namespaces.</summary>
internal static class FirstObjects
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Creates what is missing; several processes may do so at once.</summary>
    /// <exception cref="InvalidOperationException">One was refused for another reason than being there.</exception>
    public static async Task Ensure(ObjectServices services, ControlPlaneOptions options, TimeProvider time)
    {
        var by = Requester.Controller("namespace-controller");
        var missing = Namespaces.Where(name => services.Cache.Get(new("", "namespaces", "", name)) is null);
        foreach (var result in await Task.WhenAll(missing.Select(name => services.Objects.Ask<ObjectResult>(new CreateObject(new("", "namespaces", "", name), Namespace(name), by), Patience))))
        {
            if (result is ObjectRejected { Status: { Reason: not "AlreadyExists" } status }) throw new InvalidOperationException(status.Message);
            if (result is ObjectAccepted accepted) await services.Cache.WaitFor(accepted.Object.Revision);
        }
    }

    private static JsonObject Namespace(string name) => new()
    {
        ["kind"] = "Namespace",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/metadata.name"] = name } },
        ["spec"] = new JsonObject(),
    };
}
