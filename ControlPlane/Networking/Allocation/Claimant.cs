using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking.Allocation;

/// <summary>For whom something is claimed. A dry run only looks.</summary>
internal readonly record struct ClaimedFor(ObjectKey Service, string Uid, bool DryRun);

/// <summary>Claims addresses and ports and gives them back.</summary>
internal sealed class Claimant(Func<ObjectCommand, Task<ObjectResult>> send, IObjectView view, ServiceNetworkOptions options, TimeProvider clock)
{
    /// <summary>Lost races before giving up: each means that another made the very same claim at the same moment.</summary>
    private const int MostRaces = 50;
    private static readonly Requester By = Requester.Controller("service-allocator");
    private readonly AddressRange _range = AddressRange.TryParse(options.ServiceCidr, out var range)
        ? range
        : throw new ArgumentException($"'{options.ServiceCidr}' is not a range for cluster IPs.", nameof(options));

    private enum Taken { Yes, ByAnother, Failed }

    /// <summary>Whether <see cref="Complete"/> would have something to do for a Service that has what <paramref name="current"/> says.</summary>
    public bool Wants(JsonObject service, ServiceSpec current)
    {
        var spec = ServiceSpec.Read(service);
        return (spec.NeedsAddress && spec.ClusterIp.Length == 0) || (spec.NeedsNodePorts && spec.Ports.Any(port => port.NodePort == 0))
            || ServiceClaim.Of(spec).Except(ServiceClaim.Of(current)).Any();
    }

    /// <summary>
    /// Claims what the Service names and does not have, chooses what it needs and does not name, and fills that in. Null, or why not; what was
    /// claimed is added to <paramref name="made"/> in either case.
    /// </summary>
    public async Task<ApiStatus?> Complete(JsonObject service, IReadOnlySet<ObjectKey> has, ClaimedFor by, List<StoredObject> made)
    {
        // What has no spec to complete is refused by validation.
        if (service["spec"] is not JsonObject json) return null;
        var spec = ServiceSpec.Read(service);
        if (!spec.NeedsAddress) return null;
        var causes = new List<StatusCause>();
        foreach (var address in spec.Addresses)
        {
            var fault = await ClaimNamed(ServiceClaim.AddressKey(address), _range.Contains(address), $"The range of valid IPs is {options.ServiceCidr}", "IP", has, by, made);
            if (fault is { } known) causes.Add(new("FieldValueInvalid", $"Invalid value: [\"{address}\"]: failed to allocate IP {address}: {known}", "spec.clusterIPs"));
        }
        var nodePorts = spec.NeedsNodePorts ? json.List("ports") ?? [] : [];
        for (var i = 0; i < spec.Ports.Length && spec.NeedsNodePorts; i++)
        {
            var port = spec.Ports[i];
            if (port.NodePort == 0) continue;
            var valid = port.NodePort >= options.NodePorts.First && port.NodePort <= options.NodePorts.Last;
            var fault = await ClaimNamed(
                ServiceClaim.NodePortKey(port.Protocol, port.NodePort), valid, $"The range of valid ports is {options.NodePorts.First}-{options.NodePorts.Last}", "port", has, by, made);
            if (fault is { } known) causes.Add(new("FieldValueInvalid", $"Invalid value: {port.NodePort}: {known}", $"spec.ports[{i}].nodePort"));
        }
        if (causes.Count > 0) return ApiStatus.Invalid("", "Service", by.Service.Name, causes);
        return await Choose(service, spec, nodePorts, by, made);
    }

    /// <summary>Gives back claims that were made for a write that was refused.</summary>
    public Task Release(IReadOnlyCollection<StoredObject> made) => Task.WhenAll(made.Select(claim => Delete(claim)));

    /// <summary>Gives back what belongs to this Service of these claims.</summary>
    public Task ReleaseAll(IEnumerable<ObjectKey> claims, string serviceUid) => Release(
        [.. claims.Select(key => view.Get(key)).OfType<StoredObject>().Where(claim => ServiceClaim.Read(claim)?.ServiceUid == serviceUid)]);

    private async Task<ApiStatus?> Choose(JsonObject service, ServiceSpec spec, JsonArray ports, ClaimedFor by, List<StoredObject> made)
    {
        if (spec.ClusterIp.Length == 0)
        {
            var (chosen, failure) = await ClaimAny(Candidates.Places(_range.Count, _range.DynamicFrom, first: 1, by.Uid), place => ServiceClaim.AddressKey(_range.At(place)), by, made);
            if (chosen is not { } place) return failure ?? ApiStatus.InternalError("Internal error occurred: failed to allocate a serviceIP: range is full");
            ServiceValues.SetAddress(service, _range.At(place));
        }
        foreach (var port in ports.OfType<JsonObject>())
        {
            if (port.Number("nodePort") is > 0) continue;
            var protocol = port.Text("protocol") is { Length: > 0 } named ? named : "TCP";
            var count = options.NodePorts.Last - options.NodePorts.First + 1;
            var band = Math.Min(Math.Max(16, count / 32), 128);
            // A Service's port may be the same number for TCP and UDP only if the user says so: every chosen one is different.
            var used = ports.OfType<JsonObject>().Select(other => other.Number("nodePort") ?? 0).ToHashSet();
            var places = Candidates.Places(count, band, first: 0, $"{by.Uid}/{port.Text("name")}").Where(place => !used.Contains(options.NodePorts.First + place));
            var (chosen, failure) = await ClaimAny(places, place => ServiceClaim.NodePortKey(protocol, options.NodePorts.First + place), by, made);
            if (chosen is not { } free) return failure ?? ApiStatus.InternalError("Internal error occurred: failed to allocate a nodePort: range is full");
            port["nodePort"] = options.NodePorts.First + free;
        }
        return null;
    }

    /// <summary>Claims what the user names; the result is what is wrong with it.</summary>
    private async Task<string?> ClaimNamed(ObjectKey key, bool valid, string range, string what, IReadOnlySet<ObjectKey> has, ClaimedFor by, List<StoredObject> made)
    {
        if (has.Contains(key)) return null;
        if (!valid) return $"provided {what} is not in the valid range. {range}";
        var (taken, failure) = await Claim(key, by, made);
        return taken switch { Taken.Yes => null, Taken.ByAnother => $"provided {what} is already allocated", _ => failure!.Message };
    }

    private async Task<(int? Chosen, ApiStatus? Failure)> ClaimAny(IEnumerable<int> places, Func<int, ObjectKey> keyOf, ClaimedFor by, List<StoredObject> made)
    {
        var races = 0;
        foreach (var place in places)
        {
            var key = keyOf(place);
            if (view.Get(key) is not null) continue;
            var (taken, failure) = await Claim(key, by, made);
            if (taken == Taken.Yes) return (place, null);
            if (taken == Taken.Failed || ++races == MostRaces) return (null, failure ?? ApiStatus.ServiceUnavailable("too many others allocate at the same time"));
        }
        return (null, null);
    }

    private async Task<(Taken Taken, ApiStatus? Failure)> Claim(ObjectKey key, ClaimedFor by, List<StoredObject> made)
    {
        if (by.DryRun) return (view.Get(key) is { } there && ServiceClaim.Read(there)?.ServiceUid != by.Uid ? Taken.ByAnother : Taken.Yes, null);
        var claim = new ServiceClaim(key, by.Service, by.Uid, clock.GetUtcNow());
        // Twice: the claim that was in the way may have been given back between the answer and the second look.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var result = await send(new CreateObject(key, claim.ToJson(), By));
            if (result is ObjectAccepted accepted)
            {
                made.Add(accepted.Object);
                return (Taken.Yes, null);
            }
            var refusal = ((ObjectRejected)result).Status;
            if (refusal.Reason != "AlreadyExists") return (Taken.Failed, refusal);
            if (view.Get(key) is not { } existing || ServiceClaim.Read(existing) is not { } other) return (Taken.ByAnother, null);
            if (other.ServiceUid == by.Uid)
            {
                if (await send(new PatchObject(key, new RenewClaim(claim.ClaimedAt), "", By) { Preconditions = new(existing.Uid) }) is ObjectAccepted) return (Taken.Yes, null);
            }
            else if (other.ServiceUid.Length == 0 || other.IsUsed(view) || other.ClaimedAt + options.ClaimGrace > claim.ClaimedAt) return (Taken.ByAnother, null);
            // Left behind, and its time is up.
            else await Delete(existing, atThisRevision: true);
        }
        return (Taken.ByAnother, null);
    }

    private Task<ObjectResult> Delete(StoredObject claim, bool atThisRevision = false) =>
        send(new DeleteObject(claim.Key, 0, Propagation.Background, By) { Preconditions = new(claim.Uid, atThisRevision ? claim.Revision : null) });
}
