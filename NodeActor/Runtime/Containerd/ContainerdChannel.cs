using System.Net.Sockets;
using Grpc.Net.Client;

namespace NodeActor.Runtime.Containerd;

/// <summary>gRPC over containerd's unix socket. The channel reconnects by itself, so it outlives restarts of containerd.</summary>
internal static class ContainerdChannel
{
    private const int LargestMessage = 16 * 1024 * 1024;

    public static GrpcChannel Open(string socketPath) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        MaxReceiveMessageSize = LargestMessage,
        DisposeHttpClient = true,
        // A refused call is answered at once; the callers have their own back-off.
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(200),
        MaxReconnectBackoff = TimeSpan.FromSeconds(2),
        HttpHandler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = (_, cancel) => ConnectAsync(socketPath, cancel),
        },
    });

    private static async ValueTask<Stream> ConnectAsync(string socketPath, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
