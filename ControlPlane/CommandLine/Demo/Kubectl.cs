using Shared.Processes;

namespace ControlPlane.CommandLine.Demo;

/// <summary>The real <c>kubectl</c>, as the cluster's administrator.</summary>
internal sealed class Kubectl(string kubeconfig, Action<string> tell)
{
    /// <summary>Runs it, tells the command, and returns what it printed.</summary>
    /// <exception cref="ProgramFailedException">It failed.</exception>
    public Task<string> Run(CancellationToken stop, params string[] arguments)
    {
        tell($"kubectl {string.Join(' ', arguments)}");
        return ExternalProgram.Run("kubectl", ["--kubeconfig", kubeconfig, .. arguments], stop: stop);
    }

    /// <summary>Like <see cref="Run"/>, for a command that may fail.</summary>
    public Task<ProgramResult> TryRun(CancellationToken stop, params string[] arguments)
    {
        tell($"kubectl {string.Join(' ', arguments)}");
        return ExternalProgram.TryRun("kubectl", ["--kubeconfig", kubeconfig, .. arguments], stop: stop);
    }
}
