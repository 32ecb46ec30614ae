using System.Text.Json.Nodes;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;

namespace Tests.EndToEnd.Runtime;

/// <summary>What pods told a stand-in for the control plane; for the test and an actor at once.</summary>
internal sealed class PodBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PodUid, JsonNode> _statuses = [];
    private readonly HashSet<PodUid> _stopped = [];
    private readonly List<NodeEvent> _events = [];
    private readonly List<string> _log = [];
    private string? _runtimeTrouble;
    private TaskCompletionSource _changed = New();

    /// <summary>Completes at the next change.</summary>
    public Task Changed
    {
        get { lock (_lock) return _changed.Task; }
    }

    /// <summary>Warnings and errors of the actor system.</summary>
    public string Logged
    {
        get { lock (_lock) return string.Join('\n', _log); }
    }

    /// <summary>What the supervisor last said of its runtime; null: nothing yet.</summary>
    public string? RuntimeTrouble
    {
        get { lock (_lock) return _runtimeTrouble; }
    }

    public void Note(string line)
    {
        lock (_lock) _log.Add(line);
    }

    public JsonNode? Status(PodUid uid)
    {
        lock (_lock) return _statuses.GetValueOrDefault(uid)?.DeepClone();
    }

    public bool IsStopped(PodUid uid)
    {
        lock (_lock) return _stopped.Contains(uid);
    }

    public IReadOnlyList<string> EventsOf(PodUid uid)
    {
        lock (_lock) return [.. _events.Where(one => one.Uid == uid.Value).Select(one => $"{one.Reason}: {one.Message}")];
    }

    public void Take(IPodMessage message)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            switch (message)
            {
                case PodStatusChanged status: _statuses[status.Uid] = JsonNode.Parse(status.StatusJson.Span)!; break;
                case RuntimeTrouble trouble: _runtimeTrouble = trouble.Why; break;
                case PodStopped stopped: _stopped.Add(stopped.Uid); break;
                case PodEvent told: _events.Add(told.Event); break;
            }
            (changed, _changed) = (_changed, New());
        }
        changed.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
