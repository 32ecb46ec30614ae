using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace WebsiteOperator;

/// <summary>A web server of some replicas behind a Service of the same name, as <c>crd.yaml</c> defines it.</summary>
public sealed class Website : IKubernetesObject<V1ObjectMeta>, ISpec<WebsiteSpec>, IStatus<WebsiteStatus?>
{
    public const string Group = "example.com";
    public const string Version = "v1";
    public const string Plural = "websites";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{Group}/{Version}";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = nameof(Website);

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public WebsiteSpec Spec { get; set; } = new("");

    [JsonPropertyName("status")]
    public WebsiteStatus? Status { get; set; }
}

/// <summary>What is wanted.</summary>
public sealed record WebsiteSpec(
    [property: JsonPropertyName("image")] string Image,
    [property: JsonPropertyName("replicas")] int Replicas = 1,
    [property: JsonPropertyName("port")] int Port = 80);

/// <summary>What there is.</summary>
public sealed record WebsiteStatus(
    [property: JsonPropertyName("availableReplicas")] int AvailableReplicas,
    [property: JsonPropertyName("selector")] string Selector,
    [property: JsonPropertyName("observedGeneration")] long ObservedGeneration,
    [property: JsonPropertyName("conditions")] IReadOnlyList<V1Condition> Conditions);

/// <summary>A page of Websites, or all of them.</summary>
public sealed class WebsiteList : IKubernetesObject<V1ListMeta>, IItems<Website>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{Website.Group}/{Website.Version}";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = nameof(WebsiteList);

    [JsonPropertyName("metadata")]
    public V1ListMeta Metadata { get; set; } = new();

    [JsonPropertyName("items")]
    public IList<Website> Items { get; set; } = [];
}
