namespace ControlPlane.Gateway;

/// <summary>Whether this process can serve: what /readyz answers.</summary>
public sealed class Readiness
{
    private volatile string? _missing = "its actors";

    /// <summary>What is still missing, or null once the process is ready.</summary>
    public string? Missing => _missing;

    /// <summary>Says what start-up is waiting for; null: nothing, it is ready.</summary>
    public void Waiting(string? @for) => _missing = @for;
}
