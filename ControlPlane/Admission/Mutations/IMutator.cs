using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Admission.Mutations;

/// <summary>Changes objects on the way of their writes as users have configured it: policies, and webhooks. Shared by all writes: it keeps nothing about any.</summary>
internal interface IMutator
{
    /// <summary>Whether it may want to change a write. Asked for each: it must be cheap.</summary>
    bool AppliesTo(PendingWrite write);

    /// <summary>Makes its part in one write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="progress">Told of every change.</param>
    /// <param name="stop">After it is signalled nobody waits any more.</param>
    IMutation Begin(PendingWrite write, MutationProgress progress, CancellationToken stop);
}

/// <summary>A mutator's part in one write.</summary>
internal interface IMutation
{
    /// <summary>Changes the object; or refuses it.</summary>
    /// <param name="again">Whether it is the second time: then only those have their turn that want to, had one before, and have not seen what became of the object since.</param>
    ValueTask<ApiStatus?> Run(bool again);
}
