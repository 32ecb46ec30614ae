namespace NodeActor.Pods.Specs;

/// <summary>A pod asks for something that is not there or can not be: the message is for its author.</summary>
/// <param name="reason">The waiting reason it becomes.</param>
public sealed class SpecException(string message, string reason = "CreateContainerConfigError") : Exception(message)
{
    public string Reason { get; } = reason;
}
