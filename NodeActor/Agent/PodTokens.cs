using NodeActor.Pods;
using Shared.Api;

namespace NodeActor.Agent;

/// <summary>
/// The tokens that pods of this node need, and when each is to be asked for: at once, again while nobody answers, again a while after a refusal, and anew when most of its life is over. Keeps
/// no token. Bounded by the pods.
/// </summary>
public sealed class PodTokens(TimeSpan repeatAfter)
{
    // As kubelet: at four fifths of its life, and never later than a day.
    private const double RenewAt = 0.8;
    private static readonly TimeSpan MostAge = TimeSpan.FromHours(24);
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(PodUid Uid, TokenNeed Need), Entry> _tokens = [];

    /// <summary>A pod needs a token: new for it, or because whoever had it began anew.</summary>
    /// <returns>Whether it is to be asked for now.</returns>
    public bool Need(ObjectKey pod, PodUid uid, TokenNeed need)
    {
        if (_tokens.TryGetValue((uid, need), out var known) && !known.Granted) return false;
        _tokens[(uid, need)] = new(pod);
        return true;
    }

    /// <summary>Takes an answer.</summary>
    /// <returns>Whether somebody needs it.</returns>
    public bool Answered(PodUid uid, TokenNeed need, bool granted, TimeSpan now)
    {
        if (!_tokens.TryGetValue((uid, need), out var known)) return false;
        var life = TimeSpan.FromSeconds(need.Seconds) * RenewAt;
        (known.Granted, known.Due) = (granted, now + (granted ? life < MostAge ? life : MostAge : AfterRefusal));
        return true;
    }

    /// <summary>The pod is gone.</summary>
    public void Forget(PodUid uid)
    {
        foreach (var key in _tokens.Keys.Where(key => key.Uid == uid).ToArray()) _tokens.Remove(key);
    }

    /// <summary>What is to be asked for now; each comes again after a while.</summary>
    public IReadOnlyList<(ObjectKey Pod, PodUid Uid, TokenNeed Need)> Due(TimeSpan now)
    {
        if (_tokens.Count == 0) return [];
        var due = new List<(ObjectKey, PodUid, TokenNeed)>();
        foreach (var ((uid, need), entry) in _tokens)
        {
            if (entry.Due > now) continue;
            entry.Due = now + repeatAfter;
            due.Add((entry.Pod, uid, need));
        }
        return due;
    }

    private sealed class Entry(ObjectKey pod)
    {
        public ObjectKey Pod => pod;
        public bool Granted { get; set; }
        public TimeSpan Due { get; set; }
    }
}
