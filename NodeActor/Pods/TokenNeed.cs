using System.Collections.Immutable;
using System.Text.Json;
using k8s.Models;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>A token of its service account that a pod's volume shows.</summary>
/// <param name="Audience">For whom the token is; empty for the API.</param>
/// <param name="Seconds">How long one is good.</param>
public sealed record TokenNeed(string Audience, long Seconds)
{
    private const long DefaultSeconds = 3600;
    private const string Group = "internal.actors.io";
    private const string Resource = "tokens";

    /// <summary>What a source of a projected volume asks for.</summary>
    public static TokenNeed Of(V1ServiceAccountTokenProjection source) => new(source.Audience ?? "", source.ExpirationSeconds ?? DefaultSeconds);

    /// <summary>What all volumes of a pod ask for.</summary>
    public static ImmutableArray<TokenNeed> All(V1PodSpec spec) =>
    [
        .. (spec.Volumes ?? []).SelectMany(volume => volume.Projected?.Sources ?? []).Select(source => source.ServiceAccountToken).OfType<V1ServiceAccountTokenProjection>().Select(Of).Distinct(),
    ];

    /// <summary>The key by which the token is among the objects a pod uses. No object of the API has one like it.</summary>
    public ObjectKey Key(PodUid pod) => new(Group, Resource, pod.Value, $"{Seconds}/{Audience}");

    /// <summary>Whether a key is that of a token.</summary>
    public static bool IsKey(ObjectKey key) => key is { Group: Group, Resource: Resource };
}

/// <summary>A token as a pod's actor is handed it, in the form of the objects it uses.</summary>
/// <param name="Token">Empty where there is none.</param>
/// <param name="Fault">Why there is none.</param>
public sealed record HeldToken(string Token, string Fault)
{
    /// <summary>As bytes.</summary>
    public byte[] Json() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <summary>Never the token.</summary>
    public override string ToString() => $"HeldToken {{ {Fault} }}";
}
