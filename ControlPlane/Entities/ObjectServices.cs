using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;

namespace ControlPlane.Entities;

/// <summary>What every object's actor may use. One per process.</summary>
public sealed record ObjectServices(IKinds Kinds, WatchCache Cache, TimeProvider Time, IEventRecorder Events)
{
    private IActorRef? _objects;

    /// <summary>The shard region that takes every <see cref="ObjectCommand"/> to its object, wherever its actor lives.</summary>
    /// <exception cref="InvalidOperationException">The region has not been started yet.</exception>
    public IActorRef Objects
    {
        get => _objects ?? throw new InvalidOperationException("The shard region of objects has not been started.");
        set => _objects = value;
    }

    private IActorRef? _guests;

    /// <summary>Takes commands to objects whose own member does not answer.</summary>
    /// <exception cref="InvalidOperationException">It has not been started yet.</exception>
    public IActorRef Guests
    {
        get => _guests ?? throw new InvalidOperationException("What hosts guests has not been started.");
        set => _guests = value;
    }

    private IReconcileSchedule? _schedule;

    /// <summary>Where objects with behaviour say when they want to be looked at again.</summary>
    /// <exception cref="InvalidOperationException">It has not been started yet.</exception>
    public IReconcileSchedule Schedule
    {
        get => _schedule ?? throw new InvalidOperationException("The dispatcher has not been started.");
        set => _schedule = value;
    }

    /// <summary>Who is asked about every write. Set before the first object's actor starts.</summary>
    public AdmissionChain Admission { get; set; } = AdmissionChain.Empty;
}
