using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using NodeActor.Pods;
using NodeActor.Runtime;
using Shared.Hosting;

namespace NodeActor.Streaming;

/// <summary>Where the node listens for the gateway. <paramref name="Port"/> 0 takes a free one.</summary>
public sealed record StreamingOptions(IPAddress Address, int Port, RemoteIdentity Identity);

/// <summary>
/// The node's HTTPS server, where the gateway fetches what only the node has. Serves <c>/healthz</c> and <c>/containerLogs</c>; exec, attach and
/// port-forward belong here too. Only the gateway and administrators get an answer.
/// </summary>
public sealed class StreamingServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StreamingServer(WebApplication app) => _app = app;

    /// <summary>The port it listens on.</summary>
    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<StreamingServer> StartAsync(
        StreamingOptions options, IPodRuntime runtime, PodNodeOptions pods, TimeProvider clock, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "NodeActor" });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null; // a followed log may be silent for long
            kestrel.Listen(options.Address, options.Port, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = options.Identity.Own,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (certificate, _, _) => GatewayCertificate.IsSigned(certificate, options.Identity.Authority),
            }));
        });
        var app = builder.Build();
        var logs = new ContainerLogs(runtime, pods, clock);
        app.Run(http => AnswerAsync(http, logs));
        try
        {
            await app.StartAsync(cancel);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new(app);
    }

    /// <summary>Ends, breaking off what is being followed.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext http, ContainerLogs logs)
    {
        if (http.Connection.ClientCertificate is not { } client || !GatewayCertificate.MayRead(client))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        try
        {
            switch (http.Request.Path.Value?.Trim('/').Split('/'))
            {
                case ["healthz"]:
                    await http.Response.WriteAsync("ok", http.RequestAborted);
                    break;
                case ["containerLogs", var ns, var pod, var container]:
                    await logs.AnswerAsync(http, ns, pod, container);
                    break;
                default:
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
                    break;
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, which is how following ends.
        }
        catch (RuntimeException error) when (!http.Response.HasStarted)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await http.Response.WriteAsync(error.Message + "\n", http.RequestAborted);
        }
    }
}
