using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace NodeActor.Probes;

/// <summary>Asks a container's gRPC health service (grpc.health.v1) how it is.</summary>
internal sealed class GrpcHealthProbe : IDisposable
{
    private const int Serving = 1;

    private static readonly Method<string, byte[]> Check = new(
        MethodType.Unary, "grpc.health.v1.Health", "Check",
        Marshallers.Create(Request, _ => ""), Marshallers.Create(bytes => bytes, bytes => bytes));

    private readonly SocketsHttpHandler _handler = new() { PooledConnectionLifetime = TimeSpan.Zero, UseProxy = false };

    public async Task<ProbeResult> CheckAsync(string host, int port, string service, TimeSpan timeout, CancellationToken cancel)
    {
        var address = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        using var channel = GrpcChannel.ForAddress($"http://{address}:{port}", new() { HttpHandler = _handler });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(Check, null, new CallOptions(cancellationToken: limit.Token), service);
            var status = ReadStatus(await call);
            return status == Serving ? new(true, "") : new(false, $"service unhealthy (responded with \"{(status == 2 ? "NOT_SERVING" : "UNKNOWN")}\")");
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Cancelled && !cancel.IsCancellationRequested)
        {
            return new(false, $"timeout: failed to connect service \"{address}:{port}\" within {timeout.TotalSeconds:0}s: context deadline exceeded");
        }
        catch (RpcException error)
        {
            return new(false, $"error: health rpc probe failed: {error.Status.Detail}");
        }
    }

    public void Dispose() => _handler.Dispose();

    /// <summary>HealthCheckRequest is one string of number 1, which is how the well-known StringValue looks on the wire too.</summary>
    private static byte[] Request(string service) => new StringValue { Value = service }.ToByteArray();

    /// <summary>HealthCheckResponse is one enum of number 1, which reads like an Int32Value.</summary>
    private static int ReadStatus(byte[] bytes) => Int32Value.Parser.ParseFrom(bytes).Value;
}
