using System.Text;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>
/// Which pods a scale-down takes first, as Kubernetes documents it: unassigned, then Pending, then not ready, then the lower
/// pod-deletion-cost, then the node with more pods of the same owner, then ready for a shorter time, more restarts, younger.
/// </summary>
internal sealed class PodDeletionOrder : IComparer<PodDeletionOrder.Candidate>
{
    public const string CostAnnotation = "controller.kubernetes.io/pod-deletion-cost";
    private static readonly byte[] CostMark = Encoding.UTF8.GetBytes(CostAnnotation);
    private static readonly PodDeletionOrder Instance = new();
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource ReplicaSets = new("apps", "replicasets");

    /// <summary>A pod with what its header does not tell. Restarts are read only if two pods are alike in all before.</summary>
    internal sealed class Candidate(StoredObject pod, int rank)
    {
        private int _restarts = -1;
        public StoredObject Pod => pod;
        public int Rank => rank;
        public int Cost { get; } = ReadCost(pod);
        public int Restarts => _restarts >= 0 ? _restarts : _restarts = ReadRestarts(pod);
    }

    /// <summary>The pods to delete, in order.</summary>
    /// <param name="self">The ReplicaSet.</param>
    /// <param name="active">Its active pods.</param>
    /// <param name="count">How many are too many.</param>
    /// <param name="view">Where the pods of its sibling ReplicaSets are found.</param>
    public static IEnumerable<StoredObject> Choose(StoredObject self, List<StoredObject> active, int count, IObjectView view)
    {
        if (count >= active.Count) return active;
        var onNode = CountByNode(self, active, view);
        return active.Select(pod => new Candidate(pod, onNode.GetValueOrDefault(pod.Header.NodeName))).Order(Instance).Take(count).Select(candidate => candidate.Pod);
    }

    public int Compare(Candidate? x, Candidate? y)
    {
        var (a, b) = (x!.Pod.Header, y!.Pod.Header);
        if (a.NodeName.Length == 0 != (b.NodeName.Length == 0)) return a.NodeName.Length == 0 ? -1 : 1;
        if (PhaseRank(a.Phase) != PhaseRank(b.Phase)) return PhaseRank(a.Phase) - PhaseRank(b.Phase);
        if (a.Ready != b.Ready) return a.Ready ? 1 : -1;
        if (x.Cost != y.Cost) return x.Cost.CompareTo(y.Cost);
        if (x.Rank != y.Rank) return y.Rank - x.Rank;
        if (a.Ready && a.ReadySince != b.ReadySince) return Newer(a.ReadySince, b.ReadySince);
        if (x.Restarts != y.Restarts) return y.Restarts - x.Restarts;
        if (a.CreationTimestamp != b.CreationTimestamp) return b.CreationTimestamp.CompareTo(a.CreationTimestamp);
        return string.CompareOrdinal(x.Pod.Key.Name, y.Pod.Key.Name);
    }

    private static int Newer(DateTimeOffset? a, DateTimeOffset? b) => a is null ? -1 : b is null ? 1 : b.Value.CompareTo(a.Value);

    private static int PhaseRank(string phase) => phase switch { "Running" => 2, "Unknown" => 1, _ => 0 };

    private static Dictionary<string, int> CountByNode(StoredObject self, List<StoredObject> active, IObjectView view)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in active) Count(counts, pod);
        if (self.Header.Controller is not { } owner) return counts;
        foreach (var sibling in view.OwnedBy(owner.Uid))
        {
            if (sibling.Key.GroupResource != ReplicaSets || sibling.Uid == self.Uid) continue;
            foreach (var pod in view.OwnedBy(sibling.Uid))
            {
                if (pod.Key.GroupResource == Pods && pod.Header is { DeletionTimestamp: null, Phase: not ("Succeeded" or "Failed") }) Count(counts, pod);
            }
        }
        return counts;
    }

    private static void Count(Dictionary<string, int> counts, StoredObject pod) =>
        counts[pod.Header.NodeName] = counts.GetValueOrDefault(pod.Header.NodeName) + 1;

    private static int ReadCost(StoredObject pod)
    {
        if (pod.Json.Span.IndexOf(CostMark) < 0) return 0;
        var annotations = ObjectLimits.ParseElement(pod.Json).At("metadata", "annotations");
        return int.TryParse(annotations.Text(CostAnnotation), out var cost) ? cost : 0;
    }

    private static int ReadRestarts(StoredObject pod)
    {
        var reader = new Utf8JsonReader(pod.Json.Span, ObjectLimits.Reader);
        reader.Read();
        if (!reader.MoveTo("status"u8) || !reader.MoveTo("containerStatuses"u8) || reader.TokenType != JsonTokenType.StartArray) return 0;
        var most = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("restartCount"u8)) most = Math.Max(most, (int)(reader.Number() ?? 0));
                else reader.Pass();
            }
        }
        return most;
    }
}
