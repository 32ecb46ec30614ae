using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>
/// Fills Secrets of type <c>kubernetes.io/service-account-token</c> with a token of the account they name, the cluster's CA and the namespace. The token has no end of its own: it counts as long as the
/// Secret and the account are there, and the Secret goes with its account, which it is made to belong to. One for an account that is not there is refused, where Kubernetes would take and delete it.
/// </summary>
/// <param name="view">The local watch cache.</param>
/// <param name="catchUp">Completes when the view has seen everything that any process had committed before the call.</param>
/// <param name="issuer">Makes the tokens.</param>
public sealed class TokenSecrets(IObjectView view, Func<CancellationToken, Task> catchUp, TokenIssuer issuer) : IAdmissionStep
{
    /// <summary>The type of such Secrets.</summary>
    public const string Type = "kubernetes.io/service-account-token";

    /// <summary>The annotation that names the account.</summary>
    public const string AccountName = "kubernetes.io/service-account.name";

    private const string AccountUid = "kubernetes.io/service-account.uid";
    private const string Token = "token";
    private const string Authority = "ca.crt";
    private const string Place = "namespace";

    /// <inheritdoc/>
    public string Name => nameof(TokenSecrets);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) =>
        write.Kind is { Group.Length: 0, Plural: "secrets" } && write.Operation is not WriteOperation.Delete && write.Object.Text("type") == Type && !IsFilled(write.Object)
        && write.Object.Text("metadata", "annotations", AccountName).Length > 0 && !write.Object.Has("metadata", "deletionTimestamp");

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var key = new ObjectKey("", "serviceaccounts", write.Command.Key.Namespace, write.Object.Text("metadata", "annotations", AccountName));
        return view.Get(key) is { } account ? new(Fill(write, account)) : new(Later(write, key, stop));
    }

    private static bool IsFilled(JsonObject secret) =>
        secret.Has("metadata", "annotations", AccountUid) && secret.Child("data") is { } data && data.ContainsKey(Token) && data.ContainsKey(Authority) && data.ContainsKey(Place);

    private async Task<AdmissionOutcome> Later(PendingWrite write, ObjectKey key, CancellationToken stop)
    {
        // It may have been made through another member a moment ago.
        await catchUp(stop);
        return view.Get(key) is { } account ? Fill(write, account) : Refused(write, $"error looking up service account {key.Namespace}/{key.Name}: serviceaccount \"{key.Name}\" not found");
    }

    private AdmissionOutcome Fill(PendingWrite write, StoredObject account)
    {
        var secret = write.Object;
        var annotations = secret.Metadata().DefaultChild("annotations");
        var isOurs = annotations.Text(AccountUid) == account.Uid;
        if (!isOurs && annotations.Has(AccountUid)) return Refused(write, $"serviceaccount \"{account.Key.Name}\" has another uid than the annotation {AccountUid} says");
        var data = secret.DefaultChild("data");
        if (!isOurs || !data.ContainsKey(Token))
        {
            if (issuer.IssueFor(account, write.Command.Key.Name, secret.Text("metadata", "uid")) is not { } token) return ApiStatus.ServiceUnavailable("the cluster has no key to sign tokens with yet");
            data[Token] = Encoded(token);
        }
        if (!data.ContainsKey(Place)) data[Place] = Encoded(account.Key.Namespace);
        if (!data.ContainsKey(Authority) && view.Get(new ObjectKey("", "configmaps", account.Key.Namespace, "kube-root-ca.crt")) is { } bundle)
        {
            data[Authority] = Encoded(ObjectLimits.ParseElement(bundle.Json).Text("data", Authority));
        }
        annotations[AccountUid] = account.Uid;
        var owners = secret.Metadata().DefaultList("ownerReferences");
        if (!owners.Any(owner => owner.Text("uid") == account.Uid))
        {
            owners.Add((JsonNode)new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["name"] = account.Key.Name, ["uid"] = account.Uid });
        }
        return AdmissionOutcome.Changed;
    }

    private static ApiStatus Refused(PendingWrite write, string why) => ApiStatus.Forbidden($"secrets \"{write.Command.Key.Name}\" is forbidden: {why}");

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
