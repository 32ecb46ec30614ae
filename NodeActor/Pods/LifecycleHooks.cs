using k8s.Models;
using NodeActor.Probes;
using NodeActor.Runtime;

namespace NodeActor.Pods;

/// <summary>Runs postStart and preStop handlers: exec, httpGet or sleep.</summary>
internal sealed class LifecycleHooks(IPodRuntime runtime, ProbeRunner probes, TimeProvider clock)
{
    private static readonly TimeSpan LongestHook = TimeSpan.FromHours(1);

    /// <summary>Runs a handler to its end or to <paramref name="limit"/>; null if it went well, else what went wrong.</summary>
    public async Task<string?> RunAsync(V1LifecycleHandler handler, V1Container container, string containerId, string host, TimeSpan? limit, CancellationToken cancel)
    {
        var timeout = limit ?? LongestHook;
        if (handler.Sleep is { } sleep)
        {
            var wanted = TimeSpan.FromSeconds(Math.Max(0, sleep.Seconds));
            await Task.Delay(wanted < timeout ? wanted : timeout, clock, cancel);
            return null;
        }
        if (handler.HttpGet is { } get)
        {
            var answer = await probes.HttpAsync(get, container, host, timeout, cancel);
            return answer.Success ? null : answer.Message;
        }
        if (handler.Exec is not { } exec) return null;
        try
        {
            var result = await runtime.ExecAsync(containerId, [.. exec.Command ?? []], timeout, cancel);
            return result.ExitCode == 0 ? null : $"command '{string.Join(' ', exec.Command ?? [])}' exited with {result.ExitCode}: {result.Output}";
        }
        catch (TimeoutException error)
        {
            return error.Message;
        }
        catch (RuntimeException error)
        {
            return error.Message;
        }
    }
}
