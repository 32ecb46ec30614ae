using ControlPlane.Objects;

namespace ControlPlane.Telemetry.Events;

/// <summary>
/// Combines events that differ in their message only, once there are many: 1,000 pods created by one ReplicaSet are not 1,000 Events.
/// </summary>
internal sealed class SimilarEvents(EventOptions options)
{
    public const string Combined = "(combined from similar events): ";
    private readonly Dictionary<(string, string, string, string, string, string), Group> _groups = [];
    private readonly Queue<(string, string, string, string, string, string)> _order = new();

    /// <summary>What the note is counted as: its own message, or <see cref="Combined"/>.</summary>
    public string CountedAs(EventNote note, DateTimeOffset now)
    {
        var key = (note.Regarding.Namespace, note.Regarding.Uid.Length > 0 ? note.Regarding.Uid : note.Regarding.Name, note.Type, note.Reason, note.Component, note.Host);
        if (!_groups.TryGetValue(key, out var group))
        {
            while (_groups.Count >= options.MaxKnown && _order.TryDequeue(out var oldest)) _groups.Remove(oldest);
            _groups[key] = group = new();
            _order.Enqueue(key);
        }
        if (now - group.Last > options.SimilarWindow) group.Messages.Clear();
        group.Last = now;
        if (group.Messages.Contains(note.Message)) return note.Message;
        if (group.Messages.Count >= options.MaxSimilar) return Combined;
        group.Messages.Add(note.Message);
        return note.Message;
    }

    private sealed class Group
    {
        public List<string> Messages { get; } = new(1);
        public DateTimeOffset Last { get; set; }
    }
}
