using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Joining;
using Shared.Json;

namespace ControlPlane.Access.Joining;

/// <summary>
/// A bootstrap token as Kubernetes keeps it: the Secret <c>bootstrap-token-ID</c> of <c>kube-system</c>, of type <c>bootstrap.kubernetes.io/token</c>, with <c>token-id</c>,
/// <c>token-secret</c>, <c>expiration</c>, <c>usage-bootstrap-authentication</c> and, as its purpose, one of <c>auth-extra-groups</c>.
/// </summary>
public static partial class BootstrapTokenSecret
{
    /// <summary>Where the Secrets are.</summary>
    public const string Namespace = "kube-system";

    /// <summary>Their type.</summary>
    public const string Type = "bootstrap.kubernetes.io/token";

    private const string Prefix = "bootstrap-token-";
    private static readonly byte[] Nothing = new byte[32];

    /// <summary>The object of a token's id.</summary>
    public static ObjectKey Key(string id) => new("", "secrets", Namespace, Prefix + id);

    /// <summary>The group that stands for a purpose.</summary>
    public static string GroupOf(JoinPurpose purpose) => $"system:bootstrappers:actors:{Word(purpose)}";

    /// <summary>A purpose as users write it.</summary>
    public static string Word(JoinPurpose purpose) => purpose == JoinPurpose.ControlPlane ? "control-plane" : "node";

    /// <summary>The Secret of a new token.</summary>
    public static JsonObject Render(BootstrapToken token, JoinPurpose purpose, DateTimeOffset expires) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject { ["name"] = Prefix + token.Id, ["namespace"] = Namespace },
        ["type"] = Type,
        ["stringData"] = new JsonObject
        {
            ["token-id"] = token.Id,
            ["token-secret"] = token.Secret,
            ["expiration"] = Rfc3339.Write(expires),
            ["usage-bootstrap-authentication"] = "true",
            ["auth-extra-groups"] = GroupOf(purpose),
            ["description"] = $"Lets a machine join as a {Word(purpose)}.",
        },
    };

    /// <summary>Why a token does not let its bearer join; null: it does. Whoever has not the secret learns nothing but that, and no sooner or later than for an id that is not there.</summary>
    public static string? Refusal(StoredObject? secret, BootstrapToken shown, JoinPurpose purpose, DateTimeOffset now)
    {
        var (refusal, groups) = Bearer(secret, shown, now);
        if (refusal is not null) return refusal;
        return groups.Contains(GroupOf(purpose), StringComparer.Ordinal) ? null : $"token {shown.Id} is for another purpose; make one with: actors token create --for {Word(purpose)}";
    }

    /// <summary>Why a token does not stand for a user of the API, or the groups it gives beside <c>system:bootstrappers</c>. Whoever has not the secret learns nothing but that.</summary>
    public static (string? Refusal, ImmutableArray<string> Groups) Bearer(StoredObject? secret, BootstrapToken shown, DateTimeOffset now)
    {
        var tree = secret is null ? default : ObjectLimits.ParseElement(secret.Json);
        var data = tree.At("data");
        var kept = Value(data, "token-secret");
        Span<byte> keptDigest = stackalloc byte[32], shownDigest = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(kept), keptDigest);
        SHA256.HashData(Encoding.UTF8.GetBytes(shown.Secret), shownDigest);
        var same = CryptographicOperations.FixedTimeEquals(kept.Length == 0 ? Nothing : keptDigest, shownDigest);
        if (!same || tree.Text("type") != Type || Value(data, "token-id") != shown.Id || secret!.Header.DeletionTimestamp is not null) return ($"token {shown.Id} is not known here, or its secret is another", []);
        if (IsExpired(data, now)) return ($"token {shown.Id} has expired; make another with: actors token create", []);
        if (Value(data, "usage-bootstrap-authentication") != "true") return ($"token {shown.Id} is not for joining (usage-bootstrap-authentication)", []);
        ImmutableArray<string> groups = [.. Value(data, "auth-extra-groups").Split(',', StringSplitOptions.RemoveEmptyEntries)];
        return groups.FirstOrDefault(group => !GroupForm().IsMatch(group)) is { } odd ? ($"token {shown.Id} names the group '{odd}', and may name only those that begin with system:bootstrappers:", []) : (null, groups);
    }

    /// <summary>Whether a Secret is a bootstrap token whose time is over. One that names no time has none, as in Kubernetes; one that can't be read is over.</summary>
    public static bool IsExpired(StoredObject secret, DateTimeOffset now)
    {
        if (!secret.Key.Name.StartsWith(Prefix, StringComparison.Ordinal) || secret.Key.Namespace != Namespace) return false;
        var tree = ObjectLimits.ParseElement(secret.Json);
        return tree.Text("type") == Type && IsExpired(tree.At("data"), now);
    }

    [GeneratedRegex(@"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z", RegexOptions.NonBacktracking)]
    private static partial Regex GroupForm();

    private static bool IsExpired(System.Text.Json.JsonElement data, DateTimeOffset now) =>
        Value(data, "expiration") is { Length: > 0 } until && (Rfc3339.Read(until) is not { } end || end <= now);

    private static string Value(System.Text.Json.JsonElement data, string key)
    {
        var text = data.Text(key);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
    }
}
