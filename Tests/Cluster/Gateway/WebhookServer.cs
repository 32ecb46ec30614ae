using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Shared.Json;
using Tests.Support;

namespace Tests.Cluster.Gateway;

/// <summary>A real webhook on a loopback port, with a certificate of an authority of its own. It may go away and come back where it was.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly ServerAuthority _authority;
    private readonly ConcurrentDictionary<string, Func<JsonObject, Task<JsonObject>>> _answers = new();
    private readonly ConcurrentQueue<(string Path, JsonObject Request)> _asked = new();
    private WebApplication? _app;

    /// <param name="names">The DNS names its certificate is for, beside its address.</param>
    public WebhookServer(params string[] names) => _authority = new(names);

    public int Port { get; private set; }

    /// <summary>The authority's certificate, as a configuration names it.</summary>
    public string CaBundle => _authority.Bundle;

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyCollection<(string Path, JsonObject Request)> Asked => _asked;

    public string Url(string path) => $"https://127.0.0.1:{Port}/{path}";

    /// <summary>The requests that came to one path.</summary>
    public JsonObject[] To(string path) => [.. _asked.Where(asked => asked.Path == path).Select(asked => asked.Request)];

    /// <summary>How questions to a path are answered: the response without its uid, <c>fail</c> with a code, or <c>long</c> with a number of bytes.</summary>
    public void Answer(string path, Func<JsonObject, Task<JsonObject>> how) => _answers[path] = how;

    /// <inheritdoc cref="Answer(string, Func{JsonObject, Task{JsonObject}})"/>
    public void Answer(string path, Func<JsonObject, JsonObject> how) => Answer(path, request => Task.FromResult(how(request)));

    public static JsonObject Allow() => new() { ["allowed"] = true };

    /// <summary>An answer that allows and patches.</summary>
    public static JsonObject Patch(string operations) => new() { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(operations)) };

    /// <summary>Begins to listen: the first time on any port, then where it was.</summary>
    public async Task Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port, listen => listen.UseHttps(_authority.Server)));
        _app = builder.Build();
        _app.Run(Handle);
        await _app.StartAsync();
        Port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    /// <summary>Listens no more.</summary>
    public async Task Stop()
    {
        if (_app is not { } app) return;
        _app = null;

        // Those who wait for an answer that never comes are cut off.
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _authority.Dispose();
    }

    private async Task Handle(HttpContext http)
    {
        var review = (await JsonNode.ParseAsync(http.Request.Body))!.AsObject();
        var (path, request) = (http.Request.Path.Value!.TrimStart('/'), review.Child("request")!);
        _asked.Enqueue((path, request));
        if (!_answers.TryGetValue(path, out var answer))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var response = await answer(request).WaitAsync(http.RequestAborted);
        if (response.Number("fail") is { } code)
        {
            http.Response.StatusCode = (int)code;
            await http.Response.WriteAsync("broken");
            return;
        }
        if (response.Number("long") is { } length)
        {
            await http.Response.Body.WriteAsync(new byte[length]);
            return;
        }
        response.TryAdd("uid", request.Text("uid"));
        await http.Response.WriteAsJsonAsync(new JsonObject { ["kind"] = review.Text("kind"), ["apiVersion"] = review.Text("apiVersion"), ["response"] = response });
    }
}
