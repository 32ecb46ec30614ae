using System.Globalization;

namespace Shared.Json;

/// <summary>Times as Kubernetes writes them in objects.</summary>
public static class Rfc3339
{
    /// <summary>RFC 3339 in UTC, whole seconds, as metav1.Time is.</summary>
    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The time a text stands for; null if it stands for none. A time without a zone is UTC.</summary>
    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
