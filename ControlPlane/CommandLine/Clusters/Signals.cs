using System.Runtime.InteropServices;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>Signals, sent only to a process that still is the one that was meant.</summary>
internal static class Signals
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;

    /// <summary>SIGKILL.</summary>
    public static void SendKill(ProcessIdentity process) => Send(process, Kill);

    /// <summary>SIGINT.</summary>
    public static void SendInterrupt(ProcessIdentity process) => Send(process, Interrupt);

    /// <summary>SIGTERM.</summary>
    public static void SendTerminate(ProcessIdentity process) => Send(process, Terminate);

    private static void Send(ProcessIdentity process, int signal)
    {
        if (process.IsAlive) _ = NativeKill(process.Pid, signal);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int NativeKill(int pid, int signal);
}
