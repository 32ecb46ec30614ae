using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Networking.Endpoints;

/// <summary>
/// Brings a Service's EndpointSlices in line with its pods. A pod stays in the slice it is in; free places are filled, then further slices are made;
/// slices left empty go, all but one. When a pod is first seen terminating, every slice is rewritten: see <see cref="EndpointBasis.Fence"/>.
/// </summary>
internal sealed class SlicePlan
{
    public const int MostEndpoints = 100;
    private static readonly Requester By = Requester.Controller("endpointslice-controller");

    private readonly StoredObject _service;
    private readonly ServiceSpec _spec;
    private readonly IObjectView _view;
    private readonly EndpointBasis _basis;
    private readonly List<Slot> _slots;
    private int _named;

    /// <summary>A slice as it is and as it shall be.</summary>
    private sealed class Slot(ObjectKey key, StoredObject? slice)
    {
        public ObjectKey Key { get; } = key;
        public StoredObject? Slice { get; } = slice;
        public SliceContent? Content { get; } = slice is null ? null : SliceContent.Of(slice);
        public ImmutableArray<EndpointPort> Ports { get; set; } = slice is null ? [] : SliceContent.Of(slice).Ports;
        public List<Endpoint> Endpoints { get; } = [];
        public bool Claimed { get; set; }
    }

    private SlicePlan(StoredObject service, ServiceSpec spec, IReadOnlyList<StoredObject> slices, ServiceEndpoints desired, IObjectView view)
    {
        (_service, _spec, _view) = (service, spec, view);
        _slots = [.. slices.Select(slice => new Slot(slice.Key, slice))];
        var fence = _slots.Select(slot => slot.Content!.Basis.Fence).DefaultIfEmpty().Max();
        var known = _slots.SelectMany(slot => slot.Content!.Endpoints).Where(endpoint => endpoint.Terminating).Select(endpoint => endpoint.PodUid).ToHashSet();
        var going = desired.Groups.SelectMany(group => group.Endpoints).Any(endpoint => endpoint.Terminating && !known.Contains(endpoint.PodUid));
        _basis = new(desired.Pods, service.Revision, going ? desired.Pods : fence);
    }

    /// <param name="service">The Service; it is not being deleted.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="slices">The slices this control plane has made for it, in name order.</param>
    /// <param name="desired">The pods behind it.</param>
    /// <param name="view">Where names are looked up.</param>
    public static IEnumerable<ObjectCommand> Commands(
        StoredObject service, ServiceSpec spec, IReadOnlyList<StoredObject> slices, ServiceEndpoints desired, IObjectView view)
    {
        var plan = new SlicePlan(service, spec, slices, desired, view);
        plan.Assign(desired);
        return plan.Write();
    }

    private void Assign(ServiceEndpoints desired)
    {
        foreach (var group in desired.Groups) Stay(group);
        foreach (var group in desired.Groups)
        {
            var mine = _slots.Where(slot => slot.Claimed && slot.Ports.SequenceEqual(group.Ports)).ToList();
            var placed = mine.SelectMany(slot => slot.Endpoints).Select(endpoint => endpoint.PodUid).ToHashSet();
            var rest = new Queue<Endpoint>(group.Endpoints.Where(endpoint => !placed.Contains(endpoint.PodUid)));
            foreach (var slot in mine) Fill(slot, rest);
            while (rest.Count > 0) Fill(Take(group), rest);
        }
        // Something must say that there is nobody.
        if (!_slots.Any(slot => slot.Claimed)) Take(desired.Groups[0]);
    }

    /// <summary>Keeps in their slices the endpoints that lead to the same ports as before.</summary>
    private void Stay(EndpointGroup group)
    {
        var wanted = group.Endpoints.ToDictionary(endpoint => endpoint.PodUid);
        foreach (var slot in _slots)
        {
            if (slot.Claimed || !slot.Ports.SequenceEqual(group.Ports)) continue;
            foreach (var endpoint in slot.Content!.Endpoints)
            {
                if (wanted.Remove(endpoint.PodUid, out var now)) slot.Endpoints.Add(now);
            }
            slot.Claimed = slot.Endpoints.Count > 0;
        }
    }

    private static void Fill(Slot slot, Queue<Endpoint> rest)
    {
        while (slot.Endpoints.Count < MostEndpoints && rest.TryDequeue(out var endpoint)) slot.Endpoints.Add(endpoint);
    }

    /// <summary>A slice for a group: one that nobody is in any more, or a new one.</summary>
    private Slot Take(EndpointGroup group)
    {
        var slot = _slots.Find(free => !free.Claimed);
        if (slot is null) _slots.Add(slot = New());
        (slot.Claimed, slot.Ports) = (true, group.Ports);
        return slot;
    }

    /// <summary>Names follow from the Service's uid: planners that do not know of each other make the same ones.</summary>
    private Slot New()
    {
        while (true)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_service.Uid}/{_named++}"));
            var name = $"{_service.Key.Name}-{string.Concat(hash.Take(5).Select(part => GeneratedName.Alphabet[part % GeneratedName.Alphabet.Length]))}";
            var key = new ObjectKey(SliceContent.Slices.Group, SliceContent.Slices.Resource, _service.Key.Namespace, name);
            if (_view.Get(key) is null && _slots.TrueForAll(slot => slot.Key != key)) return new(key, null);
        }
    }

    private IEnumerable<ObjectCommand> Write()
    {
        foreach (var slot in _slots)
        {
            if (slot.Slice is not { } slice) yield return new CreateObject(slot.Key, Json(slot), By);
            else if (!slot.Claimed)
            {
                yield return new DeleteObject(slot.Key, 0, Propagation.Background, By) { Preconditions = new(slice.Uid, slice.Revision) };
            }
            else if (Differs(slot)) yield return new PatchObject(slot.Key, new DerivedContent(_basis.ToString(), Json(slot).ToJsonString()), "", By) { Preconditions = new(slice.Uid) };
        }
    }

    private bool Differs(Slot slot) =>
        slot.Content!.Basis.Pods < _basis.Fence
        || !slot.Content.Ports.SequenceEqual(slot.Ports)
        || !slot.Content.Endpoints.SequenceEqual(slot.Endpoints)
        || Labels().Any(label => !slot.Content.Labels.TryGetValue(label.Key, out var value) || value != label.Value);

    private IEnumerable<KeyValuePair<string, string>> Labels()
    {
        foreach (var label in _service.Header.Labels)
        {
            if (label.Key is not (SliceContent.ServiceNameLabel or SliceContent.ManagedByLabel or ServiceLabels.Headless)) yield return label;
        }
        if (_spec.IsHeadless) yield return new(ServiceLabels.Headless, "");
        yield return new(SliceContent.ServiceNameLabel, _service.Key.Name);
        yield return new(SliceContent.ManagedByLabel, SliceContent.ManagedBy);
    }

    private JsonObject Json(Slot slot)
    {
        var json = new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = ServiceLabels.Metadata(slot.Key, _service, Labels(), _basis),
        };
        foreach (var (member, value) in SliceContent.ToJson(slot.Ports, slot.Endpoints, _service.Key.Namespace)) json[member] = value?.DeepClone();
        return json;
    }
}
