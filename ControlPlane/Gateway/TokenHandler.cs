using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>POST of a service account's <c>token</c>: <c>kubectl create token</c>.</summary>
public sealed class TokenHandler(WatchCache cache, JournalReader journal, TokenIssuer issuer, TimeProvider time)
{
    private const long DefaultSeconds = 3600;
    private const long LeastSeconds = 600;
    private const long MostSeconds = 1L << 32;

    /// <summary>Makes a token. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Create(GatewayRequest request, KindDefinition body)
    {
        var (asked, refusal) = await WriteHandler.Decode(request, body);
        if (refusal is not null) return refusal;
        var spec = asked!.DefaultChild("spec");
        var seconds = spec.Number("expirationSeconds") ?? DefaultSeconds;
        var errors = new FieldErrors();
        if (seconds < LeastSeconds) errors.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
        if (seconds > MostSeconds) errors.Invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
        if (errors.Any) return ApiStatus.Invalid(body.Group, body.Kind, "", errors.Causes);

        // What was made through another member just now is found.
        if (await ReadVersion.Newest.Wait(cache, journal, request.Http.RequestAborted) is { } behind) return behind;
        if (cache.Get(request.Key()) is not { } account) return ApiStatus.NotFound(request.Key());
        BoundObject? bound = null;
        if (spec.Child("boundObjectRef") is { } reference)
        {
            var resource = reference.Text("kind") switch { "Pod" => "pods", "Secret" => "secrets", "Node" => "nodes", _ => "" };
            if (resource.Length == 0) return ApiStatus.BadRequest($"cannot bind token for serviceaccount \"{account.Key.Name}\" to object of type {reference.Text("apiVersion")}, Kind={reference.Text("kind")}");
            var key = new ObjectKey("", resource, resource == "nodes" ? "" : account.Key.Namespace, reference.Text("name"));
            if (cache.Get(key) is not { } found) return ApiStatus.NotFound(key);
            if (reference.Text("uid") is { Length: > 0 } uid && uid != found.Uid) return ApiStatus.Conflict(key, $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
            bound = new(reference.Text("kind"), key.Name, found.Uid);
        }
        ImmutableArray<string> audiences = [.. spec.Texts("audiences")];
        if (issuer.Issue(account, bound, audiences, TimeSpan.FromSeconds(seconds)) is not { } issued) return ApiStatus.ServiceUnavailable("the cluster has no key to sign tokens with yet");
        if (audiences.IsEmpty) spec["audiences"] = new JsonArray(TokenIssuer.Issuer);
        spec["expirationSeconds"] = seconds;
        var metadata = asked!.Metadata();
        (metadata["name"], metadata["namespace"], metadata["creationTimestamp"]) = (account.Key.Name, account.Key.Namespace, Rfc3339.Write(time.GetUtcNow()));
        asked!["status"] = new JsonObject { ["token"] = issued.Token, ["expirationTimestamp"] = Rfc3339.Write(issued.Expires) };
        await Responses.Bytes(request.Http, ObjectJson.ToUtf8(asked), code: 201);
        return null;
    }
}
