using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tests.EndToEnd.Proxy;

/// <summary>Sockets of this process that live in another network namespace: a socket belongs to the one its thread was in.</summary>
internal static class NamespaceSocket
{
    private const int NetworkNamespace = 0x40000000;

    /// <summary>A socket in the namespace of this name. The thread that goes there is its own, and ends.</summary>
    public static Socket Open(string space, SocketType type, ProtocolType protocol)
    {
        var made = new TaskCompletionSource<Socket>();
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"/run/netns/{space}");
                if (SetNamespace(file.DangerousGetHandle().ToInt32(), NetworkNamespace) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
                made.SetResult(new Socket(AddressFamily.InterNetwork, type, protocol));
            }
            catch (Exception error)
            {
                made.SetException(error);
            }
        });
        thread.Start();
        thread.Join();
        return made.Task.GetAwaiter().GetResult();
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(int file, int type);
}
