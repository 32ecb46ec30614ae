using Akka.Actor;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Entities;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Nodes.Tokens;

/// <summary>
/// Gives nodes the tokens that volumes of their pods show. A node gets a token only of an account that a pod bound to it runs as, only as that pod's spec asks for it, and it ends with the
/// pod.
/// </summary>
internal sealed class TokensActor : ReceiveActor
{
    private readonly ObjectServices _services;
    private readonly TokenIssuer _issuer;

    public TokensActor(ObjectServices services, TokenIssuer issuer)
    {
        (_services, _issuer) = (services, issuer);
        Receive<AskToken>(request =>
        {
            var (token, refusal) = Answer(request);
            Sender.Tell(new PodToken(request.Node, request.Epoch, request.Pod, request.Uid, request.Audience, request.Seconds, token, refusal), Self);
        });
    }

    public static Props Props(ObjectServices services, TokenIssuer issuer) => Akka.Actor.Props.Create(() => new TokensActor(services, issuer));

    private (string Token, ApiStatus? Refusal) Answer(AskToken request)
    {
        if (_services.Cache.Get(request.Pod) is not { } pod || pod.Uid != request.Uid.Value) return ("", ApiStatus.NotFound(request.Pod));
        if (pod.Header.NodeName != request.Node.Value) return ("", ApiStatus.Forbidden($"pod {request.Pod.Namespace}/{request.Pod.Name} is not bound to node {request.Node}"));
        var spec = ObjectLimits.ParseElement(pod.Json).At("spec");
        if (!Asks(spec, request)) return ("", ApiStatus.Forbidden("no volume of the pod asks for such a token"));
        var key = new ObjectKey("", "serviceaccounts", request.Pod.Namespace, spec.Text("serviceAccountName"));
        if (_services.Cache.Get(key) is not { } account) return ("", ApiStatus.NotFound(key));
        var node = _services.Cache.Get(NodeView.KeyOf(request.Node));
        var bound = new BoundObject("Pod", request.Pod.Name, pod.Uid, request.Node.Value, node?.Uid ?? "");
        return _issuer.Issue(account, bound, request.Audience.Length > 0 ? [request.Audience] : [], TimeSpan.FromSeconds(request.Seconds)) is { } issued
            ? (issued.Token, null)
            : ("", ApiStatus.ServiceUnavailable("the cluster has no key to sign tokens with yet"));
    }

    private static bool Asks(System.Text.Json.JsonElement spec, AskToken request)
    {
        foreach (var volume in spec.Objects("volumes"))
        {
            foreach (var source in volume.Objects("projected", "sources"))
            {
                if (source.Child("serviceAccountToken") is { } token && token.Text("audience") == request.Audience && token.Number("expirationSeconds") == request.Seconds) return true;
            }
        }
        return false;
    }
}
