using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Access.Pki;
using Shared.Api;
using Shared.Json;
using k8s;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>A node as the API tells of it.</summary>
public sealed record NodeState(string Name, bool Ready, string PodCidr);

/// <summary>The few questions the command line asks a cluster, as its administrator.</summary>
public sealed class ClusterClient : IDisposable
{
    // Who looks whether a cluster is there looks again; who wants something done waits for as long as a control plane may take for its answer, and longer.
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WorkPatience = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;

    /// <summary>Where the API is.</summary>
    public Uri Server => _http.BaseAddress!;

    /// <summary>Whom it trusts: the newest authority of the cluster.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>Makes no connection yet.</summary>
    public ClusterClient(string server, ClusterPki pki)
        : this(server, [.. pki.Trusted.Certificates], pki.Administrator.Certificate, LookPatience)
    {
    }

    private ClusterClient(string server, X509Certificate2Collection authorities, X509Certificate2 user, TimeSpan patience)
    {
        Authority = authorities[0];
        var trusted = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        trusted.CustomTrustStore.AddRange(authorities);
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [user],
                CertificateChainPolicy = trusted,
            },
        })
        {
            BaseAddress = new Uri(server),
            Timeout = patience,
        };
    }

    /// <summary>A client that believes only the authority that signs now, and none that it replaces.</summary>
    public static ClusterClient OnlyOfSigning(string server, ClusterPki pki) => new(server, [pki.Authority], pki.Administrator.Certificate, LookPatience);

    /// <summary>A client of the cluster and as the user that a kubeconfig names.</summary>
    /// <exception cref="CommandFailedException">There is no such file, or it lacks what is needed.</exception>
    public static ClusterClient Of(string kubeconfig)
    {
        if (!File.Exists(kubeconfig)) throw new CommandFailedException($"There is no {kubeconfig}. Name the data folder of a control plane, or of a cluster that 'up' made, with --data.");
        var read = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        if (read.SslCaCerts is not { Count: > 0 } authorities || read.ClientCertificateData is not { } certificate || read.ClientCertificateKeyData is not { } key)
        {
            throw new CommandFailedException($"{kubeconfig} names no authority, or no certificate of a user.");
        }
        return new(read.Host, authorities, X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(certificate)), Encoding.UTF8.GetString(Convert.FromBase64String(key))), WorkPatience);
    }

    /// <summary>Sends a request and returns what is answered.</summary>
    /// <exception cref="CommandFailedException">Nobody answers, or the answer is a refusal: the message is its.</exception>
    public async Task<JsonNode> Send(HttpMethod method, string path, CancellationToken stop, JsonNode? body = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
            if (body is not null) request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
            using var answer = await _http.SendAsync(request, stop);
            var said = JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop))!;
            return answer.IsSuccessStatusCode ? said : throw new CommandFailedException(said.Text("message"));
        }
        catch (Exception e) when (IsOutage(e, stop))
        {
            throw new CommandFailedException($"{_http.BaseAddress} does not answer {method} {path}: {Cause(e)}");
        }
    }

    /// <summary>Whether <c>/readyz</c> says ok; false when nobody answers.</summary>
    public async Task<bool> IsReady(CancellationToken stop)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri("/readyz", UriKind.Relative), stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (IsOutage(e, stop))
        {
            return false;
        }
    }

    /// <summary>The cluster's nodes, or null when nobody answers.</summary>
    public async Task<IReadOnlyList<NodeState>?> Nodes(CancellationToken stop) =>
        await Get("/api/v1/nodes", stop) is { } list ? [.. list.Items("items").Select(Read)] : null;

    /// <summary>What a path of the API answers, or null when nobody does or the answer is an error.</summary>
    public async Task<JsonNode?> Get(string path, CancellationToken stop)
    {
        try
        {
            return JsonNode.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative), stop));
        }
        catch (Exception e) when (IsOutage(e, stop))
        {
            return null;
        }
    }

    /// <summary>Sends a merge patch: what is stored then, or null where nobody answers or the answer is an error.</summary>
    public Task<JsonNode?> Patch(string path, JsonNode patch, CancellationToken stop) => Write(HttpMethod.Patch, path, patch, "application/merge-patch+json", stop);

    /// <summary>Creates an object; see <see cref="Patch"/>.</summary>
    public Task<JsonNode?> Post(string path, JsonNode @object, CancellationToken stop) => Write(HttpMethod.Post, path, @object, "application/json", stop);

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode?> Write(HttpMethod method, string path, JsonNode body, string type, CancellationToken stop)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue(type)) };
            using var answer = await _http.SendAsync(request, stop);
            return answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop)) : null;
        }
        catch (Exception e) when (IsOutage(e, stop))
        {
            return null;
        }
    }

    private static NodeState Read(JsonNode? node)
    {
        return new NodeState(
            node.Text("metadata", "name"),
            Conditions.Holds(node.At("status"), "Ready"),
            node.Text("spec", "podCIDR"));
    }

    // The outer one only says that something failed.
    private static string Cause(Exception e) => e.GetBaseException() is { } inner && inner != e ? $"{e.Message} ({inner.Message})" : e.Message;

    private static bool IsOutage(Exception e, CancellationToken stop) =>
        e is HttpRequestException || (e is TaskCanceledException && !stop.IsCancellationRequested);
}
