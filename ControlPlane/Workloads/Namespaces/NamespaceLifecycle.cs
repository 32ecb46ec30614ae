using System.Data.Common;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>
/// Nothing is created in a namespace that is not there or is going. Asked twice of each create: before anything is done for it, and, as other steps may have
/// taken their time, last of all.
/// </summary>
/// <param name="phase">Which of the two this is.</param>
/// <param name="view">The local watch cache.</param>
/// <param name="catchUp">Completes when the view has seen everything that any process had committed before the call.</param>
public sealed class NamespaceLifecycle(AdmissionPhase phase, IObjectView view, Func<CancellationToken, Task> catchUp) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(NamespaceLifecycle);

    /// <inheritdoc/>
    public AdmissionPhase Phase => phase;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.Kind.Namespaced && write.State is null;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var key = new ObjectKey("", "namespaces", "", write.Command.Key.Namespace);
        return view.Get(key) is { } found ? new(Judge(found)) : new(LookAgain(key, stop));
    }

    // A namespace that another process has made a moment ago may not have come here yet.
    private async Task<AdmissionOutcome> LookAgain(ObjectKey key, CancellationToken stop)
    {
        try
        {
            await catchUp(stop);
        }
        catch (Exception failure) when (failure is DbException or TimeoutException or JournalBusyException)
        {
            return ApiStatus.ServiceUnavailable($"whether namespace {key.Name} exists cannot be told: the journal does not answer");
        }
        return view.Get(key) is { } found ? Judge(found) : ApiStatus.NotFound(key);
    }

    private static AdmissionOutcome Judge(StoredObject found)
    {
        var name = found.Key.Name;
        return found.Header.DeletionTimestamp is null ? default : (AdmissionOutcome)(ApiStatus.Forbidden($"unable to create new content in namespace {name} because it is being terminated") with
        {
            Causes = [new("NamespaceTerminating", $"namespace {name} is being terminated", "metadata.namespace")],
        });
    }
}
