using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Joining;

namespace ControlPlane.Access.Joining;

/// <summary>Bootstrap tokens as credentials of the API: each stands for a user of its own in the group <c>system:bootstrappers</c> and in those that its Secret names. By Kubernetes' authenticator of this name.</summary>
public sealed class BootstrapTokens(IObjectView view, TimeProvider time) : ITokenSource
{
    /// <inheritdoc/>
    public ValueTask<TokenFinding?> Find(string token, ImmutableArray<string> audiences)
    {
        if (!BootstrapToken.TryParse(token, out var shown)) return new((TokenFinding?)null);
        var (refusal, groups) = BootstrapTokenSecret.Bearer(view.Get(BootstrapTokenSecret.Key(shown.Id)), shown, time.GetUtcNow());
        return new(refusal is null
            ? TokenFinding.Known(new($"system:bootstrap:{shown.Id}", ["system:bootstrappers", .. groups, UserInfo.Authenticated]), [])
            : TokenFinding.Nobody(refusal));
    }
}
