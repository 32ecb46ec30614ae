using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Access.Pki;
using ControlPlane.Hosting;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Tests.Support;

/// <summary>
/// A control plane in this process, on loopback ports of its own and a data directory that goes with it, and a client with the administrator's token.
/// </summary>
public class ControlPlaneFixture : IAsyncLifetime
{
    public ControlPlaneHost Host { get; private set; } = null!;
    public HttpClient Http { get; private set; } = null!;
    public ControlPlaneOptions Options { get; private set; } = null!;

    /// <summary>Options for a control plane that no other test uses.</summary>
    public static ControlPlaneOptions NewOptions()
    {
        var ports = FreePorts(3);
        return new()
        {
            DataDirectory = Directory.CreateTempSubdirectory("actors-test-").FullName,
            Port = ports[0],
            RemotePort = ports[1],
            AgentPort = ports[2],
        };
    }

    public virtual async Task InitializeAsync()
    {
        Options = Configure(NewOptions());
        await Start();
    }

    /// <summary>What a test wants otherwise.</summary>
    protected virtual ControlPlaneOptions Configure(ControlPlaneOptions options) => options;

    /// <summary>The time the control plane lives in.</summary>
    protected virtual TimeProvider Clock => TimeProvider.System;

    /// <summary>Stops the control plane and starts it again on what it stored.</summary>
    /// <param name="between">What is done while it is down.</param>
    public async Task Restart(Func<Task>? between = null)
    {
        Http.Dispose();
        await Host.DisposeAsync();
        if (between is not null) await between();
        await Start();
    }

    public virtual async Task DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        Directory.Delete(Options.DataDirectory, recursive: true);
    }

    /// <summary>A client that trusts the cluster's authority and nothing else.</summary>
    public HttpClient NewClient(X509Certificate2? certificate = null) => Client(Host.Pki, Options, certificate);

    /// <summary>An administrator's client of any control plane.</summary>
    public static HttpClient NewClient(ClusterPki pki, ControlPlaneOptions options)
    {
        var client = Client(pki, options, null);
        client.DefaultRequestHeaders.Authorization = new("Bearer", pki.AdministratorToken);
        return client;
    }

    private static HttpClient Client(ClusterPki pki, ControlPlaneOptions options, X509Certificate2? certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(pki.Authority);
        var handler = new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = policy } };
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        return new(handler) { BaseAddress = new($"https://127.0.0.1:{options.Port}"), Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>Sends JSON and reads the answer as JSON.</summary>
    public async Task<(HttpStatusCode Code, JsonObject Body)> Send(HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, JsonNode.Parse(text, documentOptions: new() { MaxDepth = 256 })?.AsObject() ?? throw new InvalidOperationException($"{method} {path}: no JSON object: {text}"));
    }

    /// <summary>Damages the newest stored event of an object of the default namespace, as a failing disk does.</summary>
    public async Task Break(string resource, string name)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(Options.DataDirectory, "journal.db")};Pooling=false");
        await database.OpenAsync();
        await using var damage = database.CreateCommand();
        damage.CommandText = "update journal set message = substr(message, 1, length(message) / 2) where ordering = (select revision from newest_event where persistence_id = $0)";
        damage.Parameters.AddWithValue("$0", $"/{resource}/default/{name}");
        if (await damage.ExecuteNonQueryAsync() != 1) throw new InvalidOperationException($"There is no event of {resource} {name}.");
    }

    /// <summary>Ports nobody listens on now.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }

    private async Task Start()
    {
        Host = await ControlPlaneHost.Start(Options, Clock);
        Http = NewClient(Host.Pki, Options);
    }
}
