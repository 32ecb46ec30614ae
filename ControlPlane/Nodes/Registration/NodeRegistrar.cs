using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Nodes.Agents;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Nodes.Registration;

/// <summary>
/// Registers nodes: claims a pod range by identity, makes or takes over the Node and starts a new epoch. Any control plane may do it, also several at
/// once: what decides is the Node's own actor and who made the claim first.
/// </summary>
public sealed class NodeRegistrar(ObjectServices services, NodeOptions options, AgentTickets tickets)
{
    private static readonly Requester By = Requester.Controller("node-registrar");
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    // Ranges this process is about to claim: nodes that come at the same time then each try another one at once.
    private readonly ConcurrentDictionary<ObjectKey, NodeName> _claiming = new();

    /// <summary>Completes with <see cref="NodeRegistered"/>, or with the refusal. Repeating a request is harmless.</summary>
    public async Task<INodeMessage> Register(RegisterNode request)
    {
        if (Read(request) is not { } node) return NodeRefusal.Of(request, ApiStatus.BadRequest("the registration does not hold a Node"));
        try
        {
            var key = NodeView.KeyOf(request.Node);
            var range = await RangeFor(request.Node.Value).ConfigureAwait(false);
            var result = services.Cache.Get(key) is null ? await Create(key, node, request.Instance, range).ConfigureAwait(false) : null;
            if (result is null or ObjectRejected { Status.Reason: "AlreadyExists" })
            {
                result = await Ask(new PatchObject(key, new RegistrationPatch(node, request.Instance, range), "", By)).ConfigureAwait(false);
            }
            if (result is ObjectRejected refused) return NodeRefusal.Of(request, refused.Status);
            var registered = ((ObjectAccepted)result).Object;
            var status = await Ask(new PatchObject(key, new NodeStatusPatch(node.Status(), services.Time.GetUtcNow()), "status", By)).ConfigureAwait(false);
            if (status is not ObjectAccepted accepted) return NodeRefusal.Of(request, ((ObjectRejected)status).Status);
            await services.Cache.WaitFor(accepted.Object.Revision).WaitAsync(AnswerTimeout).ConfigureAwait(false);
            var view = NodeView.Of(registered);
            if (view.PodCidr.Length == 0)
            {
                var about = new ObjectReference("v1", "Node", "", request.Node.Value, registered.Uid);
                services.Events.Record(new(about, "Warning", "CIDRNotAvailable", $"Every pod range of {options.ClusterCidr} is taken", "node-controller"));
            }
            return new NodeRegistered(
                request.Node, view.Epoch, request.Instance, registered.Uid, view.PodCidr, options.ClusterCidr, options.ServiceCidr,
                new LeaseTerms(options.AgentLease, options.FenceGrace), tickets.Issue(request.Node, view.Epoch));
        }
        catch (Exception late) when (late is AskTimeoutException or TimeoutException)
        {
            return NodeRefusal.Of(request, ApiStatus.ServiceUnavailable("the registration took too long; it may be repeated"));
        }
    }

    private Task<ObjectResult> Create(ObjectKey key, JsonObject registered, string instance, string range)
    {
        var node = (JsonObject)registered.DeepClone();
        node["apiVersion"] = "v1";
        node["kind"] = "Node";
        if (node.Metadata()["annotations"] is not JsonObject annotations) node.Metadata()["annotations"] = annotations = [];
        // A Node that is made anew must not begin with an epoch that an agent of its namesake may still hold.
        annotations[NodeProtocol.EpochAnnotation] = (services.Cache.Revision + 1).ToString(CultureInfo.InvariantCulture);
        annotations[NodeProtocol.InstanceAnnotation] = instance;
        annotations[NodeProtocol.MachineAnnotation] = NodeView.MachineOf(node);
        var spec = node.DefaultChild("spec");
        RegistrationPatch.SetPodCidr(spec, range);
        return Ask(new CreateObject(key, node, By));
    }

    /// <summary>
    /// The range the node has, or the first free one, claimed for it. Empty if none is free: the node is registered without, and its pods get no
    /// addresses until it registers again.
    /// </summary>
    private async Task<string> RangeFor(string node)
    {
        if (services.Cache.Get(NodeView.KeyOf(node)) is { } found && NodeView.Of(found).PodCidr is { Length: > 0 } given) return given;
        if (services.Cache.List(PodRangeClaim.Resource).Objects.Select(claim => claim.Project(PodRangeClaim.Read)).FirstOrDefault(claim => claim.Node == node) is { } held) return held.Range;
        foreach (var range in PodCidrs.Of(options.ClusterCidr, options.NodePrefixLength))
        {
            var key = PodRangeClaim.KeyOf(range);
            if (services.Cache.Get(key) is not null || !_claiming.TryAdd(key, new(node))) continue;
            try
            {
                var result = await Ask(new CreateObject(key, PodRangeClaim.ToJson(key, range, node), By)).ConfigureAwait(false);
                if (result is ObjectRejected { Status.Reason: not "AlreadyExists" } refused) throw new InvalidOperationException(refused.Status.Message);
                if (result is not ObjectAccepted accepted) continue;
                await services.Cache.WaitFor(accepted.Object.Revision).WaitAsync(AnswerTimeout).ConfigureAwait(false);
                return range.ToString();
            }
            finally
            {
                _claiming.TryRemove(key, out _);
            }
        }
        return "";
    }

    private Task<ObjectResult> Ask(ObjectCommand command) => services.Objects.Ask<ObjectResult>(command, AnswerTimeout);

    private static JsonObject? Read(RegisterNode request)
    {
        try
        {
            return ObjectLimits.Parse(request.NodeJson) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
