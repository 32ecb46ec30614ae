using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shared.Json;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>
/// Knows the tokens of <see cref="TokenIssuer"/>. A token counts as long as its account is there, and the pod, secret or node it is bound to: the same object, not another of the
/// same name.
/// </summary>
/// <param name="catchUp">Waits until the view has all that is committed: what a token names may have been made through another member a moment ago.</param>
public sealed class ServiceAccountTokens(IObjectView view, Func<CancellationToken, Task> catchUp, TimeProvider time) : ITokenSource
{
    private const string Extra = "authentication.kubernetes.io/";

    // As long as Kubernetes lets a token outlive what is being deleted, so that what ends can end well.
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromSeconds(2);
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = 16 * 1024 };

    /// <inheritdoc/>
    public async ValueTask<TokenFinding?> Find(string token, ImmutableArray<string> audiences)
    {
        if (!Handler.TryRead(token, TokenIssuer.Issuer, out var read)) return null;
        ImmutableArray<string> wanted = audiences.IsEmpty ? [TokenIssuer.Issuer] : audiences;
        var validated = await Handler.ValidateTokenAsync(token, new()
        {
            ValidIssuer = TokenIssuer.Issuer,
            ValidAudiences = wanted,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            IssuerSigningKeys = SigningKeys.Of(view),
            LifetimeValidator = IsBoundToSecret(read) ? IssuedTokens.AtOrEndless(time) : IssuedTokens.At(time),
        });
        if (!validated.IsValid) return TokenFinding.Nobody(Fault(validated.Exception));
        if (!read.TryGetPayloadValue<JsonElement>(TokenIssuer.Claim, out var about)) return TokenFinding.Nobody("the token names no service account");
        if (Missing(about) is not null)
        {
            // Where the journal does not answer in time, what is known here counts: the token is refused.
            using var end = new CancellationTokenSource(CatchUpPatience, time);
            await catchUp(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Missing(about) is { } missing) return TokenFinding.Nobody(missing);
        }
        var (place, account) = (about.Text("namespace"), about.At("serviceaccount"));
        var user = UserInfo.ServiceAccount(place, account.Text("name")) with { Uid = account.Text("uid"), Extra = ExtraOf(read, about) };
        return TokenFinding.Known(user, [.. wanted.Intersect(read.Audiences)]);
    }

    // Only such tokens are made without an end.
    private static bool IsBoundToSecret(JsonWebToken read) => read.TryGetPayloadValue<JsonElement>(TokenIssuer.Claim, out var about) && about.Child("secret") is not null;

    private static string Fault(Exception? cause) => cause switch
    {
        SecurityTokenInvalidLifetimeException => "service account token has expired",
        SecurityTokenInvalidAudienceException => "the token is for none of the audiences that are wanted",
        _ => "the signature of the token is not by a key of this cluster",
    };

    // Why the token counts no more; null: it does.
    private string? Missing(JsonElement about)
    {
        var place = about.Text("namespace");
        return Gone("serviceaccounts", place, about.At("serviceaccount"))
            ?? (about.Child("pod") is { } pod ? Gone("pods", place, pod) : null)
            ?? (about.Child("secret") is { } secret ? Gone("secrets", place, secret) : null)
            ?? (about.Child("node") is { } node && about.Child("pod") is null ? Gone("nodes", "", node) : null);
    }

    private string? Gone(string resource, string place, JsonElement named)
    {
        var found = view.Get(new("", resource, place, named.Text("name")));
        if (found is null || found.Uid != named.Text("uid")) return $"the {resource[..^1]} of the token, {named.Text("name")}, is not there any more";
        return found.Header.DeletionTimestamp is { } deleted && deleted + Leeway < time.GetUtcNow() ? $"the {resource[..^1]} of the token, {named.Text("name")}, has been deleted" : null;
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> ExtraOf(JsonWebToken read, JsonElement about)
    {
        var extra = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        extra[$"{Extra}credential-id"] = [$"JTI={read.Id}"];
        foreach (var kind in (ReadOnlySpan<string>)["pod", "node"])
        {
            if (about.Child(kind) is not { } named) continue;
            extra[$"{Extra}{kind}-name"] = [named.Text("name")];
            extra[$"{Extra}{kind}-uid"] = [named.Text("uid")];
        }
        return extra.ToImmutable();
    }
}
