namespace ControlPlane.Nodes.Taints;

/// <summary>Whether a node that is not Ready may be emptied: get the taint that drives its pods away.</summary>
public enum Emptying
{
    /// <summary>Not now; a taint that is there already stays.</summary>
    Held,

    /// <summary>Now.</summary>
    Allowed,

    /// <summary>Not at all; a taint that is there goes, and with it the time its pods were told to leave by.</summary>
    CalledOff,
}
