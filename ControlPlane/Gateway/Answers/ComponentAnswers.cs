using System.Data.Common;
using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Cluster;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Hosting;

namespace ControlPlane.Gateway.Answers;

/// <summary>
/// ComponentStatuses: the parts a control plane is made of and how each is at this moment. They are as deprecated as in Kubernetes. Where there are several
/// control planes, the scheduler's tells on which it is.
/// </summary>
public sealed class ComponentAnswers(JournalReader journal, Readiness readiness, ActorSystem system) : IAnsweredObjects
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public GroupResource Resource => new("", "componentstatuses");

    /// <inheritdoc/>
    public string Warning => "v1 ComponentStatus is deprecated in v1.19+";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredObject>> Select(GatewayRequest request, Selection selection)
    {
        StoredObject[] all =
        [
            Component(request, "control-plane", readiness.Missing),
            Component(request, "journal", await JournalFault(request.Http.RequestAborted)),
            Component(request, "scheduler", readiness.Missing, SchedulerAt()),
        ];
        return [.. all.Where(selection.Matches)];
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
