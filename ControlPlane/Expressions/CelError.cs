namespace ControlPlane.Expressions;

/// <summary>What is wrong with an expression's text.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in characters.</param>
/// <param name="Message">Without the place.</param>
public sealed record CelError(int Line, int Column, string Message)
{
    internal string Snippet { get; init; } = "";

    /// <summary>As Kubernetes shows it: the place, the message, the line and a mark below it.</summary>
    public override string ToString() => $"ERROR: <input>:{Line}:{Column}: {Message}{Snippet}";
}
