using ControlPlane.Objects;

namespace ControlPlane.Networking.Allocation;

/// <summary>
/// A claim looks after itself: it goes once its Service does not use it. A fresh one waits, because the write it was made for may be under way.
/// </summary>
public sealed class ClaimReconciler(ServiceNetworkOptions options) : IReconciler
{
    private static readonly Requester By = Requester.Controller("claim-controller");

    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        // Without a uid it was made by somebody else, for a purpose of his own.
        if (ServiceClaim.Read(self) is not { ServiceUid.Length: > 0 } claim || claim.IsUsed(view)) return Plan.Nothing;
        var left = claim.ClaimedAt + options.ClaimGrace - now;
        if (left > TimeSpan.Zero) return new() { RequeueAfter = left };
        return new() { Commands = [new DeleteObject(self.Key, 0, Propagation.Background, By) { Preconditions = new(self.Uid, self.Revision) }] };
    }
}
