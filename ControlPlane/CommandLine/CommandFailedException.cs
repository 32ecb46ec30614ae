namespace ControlPlane.CommandLine;

/// <summary>A verb can't do what it was asked. The message is for the user: what is wrong, and what to do about it.</summary>
public sealed class CommandFailedException(string message) : Exception(message);
