namespace ControlPlane.Admission.Webhooks;

/// <summary>Where a webhook is.</summary>
/// <param name="Url">With the timeout as its query.</param>
/// <param name="Service">The Service behind whose endpoints it is; null: the URL's host is asked.</param>
/// <param name="Authorities">Base64 of the PEM certificates it is known by; empty: those the system trusts.</param>
internal sealed record WebhookAddress(Uri Url, WebhookService? Service, string Authorities)
{
    /// <summary>As Kubernetes shows it: of a Service with its port, whichever that is.</summary>
    public string Shown => Service is null ? Url.ToString() : $"https://{Url.Host}:{Url.Port}{Url.PathAndQuery}";
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
