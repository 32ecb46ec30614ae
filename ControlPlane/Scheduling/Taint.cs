namespace ControlPlane.Scheduling;

/// <summary>What a taint does to pods that do not tolerate it.</summary>
public enum TaintEffect { NoSchedule, PreferNoSchedule, NoExecute }

/// <summary>A taint of a node.</summary>
public sealed record Taint(string Key, string Value, TaintEffect Effect)
{
    /// <summary>The taint of a cordoned node. A pod that tolerates it may be placed there.</summary>
    public static Taint Unschedulable { get; } = new("node.kubernetes.io/unschedulable", "", TaintEffect.NoSchedule);

    /// <summary>Why a node with this taint is not used, made once per taint: it is counted for every node and pod.</summary>
    public string Reason { get; } = $"node(s) had untolerated taint {{{Key}: {Value}}}";

    /// <summary>Whether it keeps pods off the node, instead of only making the node less liked.</summary>
    public bool IsHard => Effect != TaintEffect.PreferNoSchedule;
}

/// <summary>A toleration of a pod. An empty <paramref name="Key"/> with <paramref name="Exists"/> tolerates everything, a null effect every effect.</summary>
public sealed record Toleration(string Key, bool Exists, string Value, TaintEffect? Effect)
{
    /// <summary>Kubernetes' rule: effect, then key, then value where the operator is Equal.</summary>
    public bool Tolerates(Taint taint) =>
        (Effect is not { } effect || effect == taint.Effect) && (Key.Length == 0 ? Exists : Key == taint.Key) && (Exists || Value == taint.Value);
}
