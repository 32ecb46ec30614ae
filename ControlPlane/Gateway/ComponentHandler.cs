using System.Data.Common;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Cluster;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Hosting;

namespace ControlPlane.Gateway;

/// <summary>
/// GET and LIST of ComponentStatuses: the parts a control plane is made of and how each is at this moment. They are asked, not stored, and are as
/// deprecated as in Kubernetes. Where there are several control planes, the scheduler's tells on which it is.
/// </summary>
public sealed class ComponentHandler(JournalReader journal, Readiness readiness, ActorSystem system, Responses responses)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Answers with one component or those that are selected. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Handle(GatewayRequest request)
    {
        if (!Selection.TryParse(request, out var selection, out var refusal)) return refusal;
        StoredObject[] all =
        [
            Component(request, "control-plane", readiness.Missing),
            Component(request, "journal", await JournalFault(request.Http.RequestAborted)),
            Component(request, "scheduler", readiness.Missing, SchedulerAt()),
        ];
        WarningHeaders.Add(request.Http.Response, ["v1 ComponentStatus is deprecated in v1.19+"]);
        if (request.Info.Verb == "list")
        {
            await responses.List(request, [.. all.Where(selection.Matches)], 0, null, null);
            return null;
        }
        if (all.FirstOrDefault(component => component.Key.Name == request.Info.Name) is not { } found) return ApiStatus.NotFound(request.Key());
        await responses.Object(request, found);
        return null;
    }

    private async Task<string?> JournalFault(CancellationToken stop)
    {
        try
        {
            await journal.HeadRevision().WaitAsync(Patience, stop);
            return null;
        }
        catch (Exception failure) when (failure is DbException or TimeoutException or JournalBusyException)
        {
            return failure.Message;
        }
    }

    // Akka keeps what there is once on the oldest member.
    private string SchedulerAt()
    {
        var members = Cluster.Get(system).State.Members.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving).ToArray();
        return members.Length < 2 ? "ok" : $"at {members.Aggregate((oldest, member) => member.IsOlderThan(oldest) ? member : oldest).Address.HostPort()[(RemoteSettings.SystemName.Length + 1)..]}";
    }

    private static StoredObject Component(GatewayRequest request, string name, string? fault, string healthy = "ok")
    {
        var condition = new JsonObject { ["type"] = "Healthy", ["status"] = fault is null ? "True" : "False" };
        if (fault is null) condition["message"] = healthy;
        else condition["error"] = fault;
        var tree = new JsonObject
        {
            ["apiVersion"] = request.Kind.GroupVersion,
            ["kind"] = request.Kind.Kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["creationTimestamp"] = null },
            ["conditions"] = new JsonArray(condition),
        };
        return new(request.Key(name), ObjectJson.ToUtf8(tree), 0);
    }
}
