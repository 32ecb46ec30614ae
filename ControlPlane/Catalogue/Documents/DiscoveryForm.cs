namespace ControlPlane.Catalogue.Documents;

/// <summary>The forms <c>/api</c> and <c>/apis</c> are answered in.</summary>
public enum DiscoveryForm
{
    /// <summary>A list of groups; their resources are asked for one by one.</summary>
    Plain,

    /// <summary>Everything at once, as apidiscovery.k8s.io/v2.</summary>
    AggregatedV2,

    /// <summary>Everything at once, as apidiscovery.k8s.io/v2beta1.</summary>
    AggregatedV2Beta1,
}

/// <summary>Which form a client asks for.</summary>
public static class DiscoveryForms
{
    /// <summary>The first form of an Accept header that is known; plain if none is.</summary>
    public static DiscoveryForm Negotiate(string? accept)
    {
        foreach (var range in (accept ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0 || parts[0] is not ("application/json" or "*/*" or "application/*")) continue;
            if (!parts.Contains("g=apidiscovery.k8s.io") || !parts.Contains("as=APIGroupDiscoveryList"))
            {
                if (parts.Any(part => part.StartsWith("as=", StringComparison.Ordinal))) continue;
                return DiscoveryForm.Plain;
            }
            if (parts.Contains("v=v2")) return DiscoveryForm.AggregatedV2;
            if (parts.Contains("v=v2beta1")) return DiscoveryForm.AggregatedV2Beta1;
        }
        return DiscoveryForm.Plain;
    }

    /// <summary>The version of apidiscovery.k8s.io of an aggregated form.</summary>
    public static string Version(DiscoveryForm form) => form == DiscoveryForm.AggregatedV2 ? "v2" : "v2beta1";

    /// <summary>The content type of an aggregated form.</summary>
    public static string ContentType(DiscoveryForm form) => $"application/json;g=apidiscovery.k8s.io;v={Version(form)};as=APIGroupDiscoveryList";
}
