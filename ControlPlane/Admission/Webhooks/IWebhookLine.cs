using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>Where a webhook is.</summary>
/// <param name="Url">With the timeout as its query.</param>
/// <param name="Service">The Service behind whose endpoints it is; null: the URL's host is asked.</param>
/// <param name="Authorities">Base64 of the PEM certificates it is known by; empty: those the system trusts.</param>
internal sealed record WebhookAddress(Uri Url, WebhookService? Service, string Authorities)
{
    /// <summary>As Kubernetes shows it: of a Service with its port, whichever that is.</summary>
    public string Shown => Service is null ? Url.ToString() : $"https://{Url.Host}:{Url.Port}{Url.PathAndQuery}";

    /// <summary>Reads a <c>clientConfig</c>; null if it leads nowhere, as one can that was stored before its like was refused.</summary>
    /// <param name="client">The configuration.</param>
    /// <param name="timeout">How long an answer may take: the server is told, as by Kubernetes.</param>
    public static WebhookAddress? Read(JsonObject? client, TimeSpan timeout)
    {
        var service = client.Child("service") is { } behind ? new WebhookService(behind.Text("namespace"), behind.Text("name"), (int)(behind.Number("port") ?? 443)) : null;
        var text = service is null ? client.Text("url") : $"https://{service.Name}.{service.Namespace}.svc:{service.Port}/{client.Text("service", "path").TrimStart('/')}";
        return Uri.TryCreate($"{text}?timeout={timeout.TotalSeconds:0}s", UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps ? new(url, service, client.Text("caBundle")) : null;
    }
}

/// <summary>The way to one webhook. Thread-safe.</summary>
internal interface IWebhookLine
{
    /// <summary>Sends a review and brings what came back, or says why nothing did. Throws nothing but for bugs.</summary>
    /// <param name="review">An AdmissionReview.</param>
    /// <param name="patience">How long that may take in all.</param>
    /// <param name="stop">Nobody waits any more.</param>
    Task<WebhookReply> Send(byte[] review, TimeSpan patience, CancellationToken stop);

    /// <summary>Closes the connections once nobody uses them.</summary>
    void Retire();
}

/// <summary>What a webhook sent: a body, or the reason why there is none, in the words that follow <c>failed calling webhook "x": </c>.</summary>
internal readonly record struct WebhookReply(ReadOnlyMemory<byte> Body, string? Fault);
