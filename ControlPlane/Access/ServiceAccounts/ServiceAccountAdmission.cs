using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>
/// A new pod runs as a service account: the one it names, or its namespace's <c>default</c>. Unless the pod or the account says no, every container finds a token of it, the cluster's CA and
/// the namespace where in-cluster clients look for them. By Kubernetes' plug-in of this name.
/// </summary>
/// <param name="view">The local watch cache.</param>
/// <param name="catchUp">Completes when the view has seen everything that any process had committed before the call.</param>
public sealed class ServiceAccountAdmission(WatchCache view, Func<CancellationToken, Task> catchUp, TimeProvider time) : IAdmissionStep
{
    /// <summary>Where clients in a pod look for what makes them clients.</summary>
    public const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string Default = "default";

    // Seven more than an hour, as Kubernetes asks for: it tells these tokens from those that users ask for.
    private const int TokenSeconds = 3607;
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    // A namespace's own account comes a moment after the namespace.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public string Name => "ServiceAccount";

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.State is null && write.Kind is { Group.Length: 0, Plural: "pods" };

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var spec = write.Object.DefaultChild("spec");
        var named = spec.Text("serviceAccountName") is { Length: > 0 } name ? name : spec.Text("serviceAccount") is { Length: > 0 } older ? older : Default;
        var key = new ObjectKey("", "serviceaccounts", write.Command.Key.Namespace, named);
        return view.Get(key) is { } account ? new(Apply(spec, account)) : new(Later(write, spec, key, stop));
    }

    private async Task<AdmissionOutcome> Later(PendingWrite write, JsonObject spec, ObjectKey key, CancellationToken stop)
    {
        await catchUp(stop);
        using var scope = view.Of(key.GroupResource).Enter(key.Namespace, key.Name);
        var end = time.GetUtcNow() + (key.Name == Default ? Patience : TimeSpan.Zero);
        while (true)
        {
            var changed = scope.Changed;
            if (view.Get(key) is { } account) return Apply(spec, account);
            var left = end - time.GetUtcNow();
            if (left <= TimeSpan.Zero) break;
            try
            {
                await changed.WaitAsync(left, time, stop);
            }
            catch (TimeoutException)
            {
                // Looked at once more, and refused.
            }
        }
        return ApiStatus.Forbidden(
            $"pods \"{write.Command.Key.Name}\" is forbidden: error looking up service account {key.Namespace}/{key.Name}: serviceaccount \"{key.Name}\" not found");
    }

    private static AdmissionOutcome Apply(JsonObject spec, StoredObject found)
    {
        var account = ObjectLimits.ParseElement(found.Json);
        (spec["serviceAccountName"], spec["serviceAccount"]) = (found.Key.Name, found.Key.Name);
        if (spec.Items("imagePullSecrets").Count == 0 && account.At("imagePullSecrets") is { ValueKind: System.Text.Json.JsonValueKind.Array } secrets && secrets.GetArrayLength() > 0)
        {
            spec["imagePullSecrets"] = JsonNode.Parse(secrets.GetRawText());
        }
        if (spec.Flag("automountServiceAccountToken") ?? account.Flag("automountServiceAccountToken") ?? true) Mount(spec);
        return AdmissionOutcome.Changed;
    }

    private static void Mount(JsonObject spec)
    {
        JsonObject[] without = [.. spec.Objects("initContainers").Concat(spec.Objects("containers")).Where(container => container.Objects("volumeMounts").All(mount => mount.Text("mountPath").TrimEnd('/') != MountPath))];
        if (without.Length == 0) return;
        var name = $"kube-api-access-{RandomNumberGenerator.GetString(Letters, 5)}";
        spec.DefaultList("volumes").Add((JsonNode)new JsonObject
        {
            ["name"] = name,
            ["projected"] = new JsonObject
            {
                ["defaultMode"] = 420,
                ["sources"] = new JsonArray(
                    new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = TokenSeconds, ["path"] = "token" } },
                    new JsonObject { ["configMap"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }) } },
                    new JsonObject
                    {
                        ["downwardAPI"] = new JsonObject
                        {
                            ["items"] = new JsonArray(new JsonObject { ["path"] = "namespace", ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" } }),
                        },
                    }),
            },
        });
        foreach (var container in without)
        {
            container.DefaultList("volumeMounts").Add((JsonNode)new JsonObject { ["name"] = name, ["readOnly"] = true, ["mountPath"] = MountPath });
        }
    }
}
