using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>A PodDisruptionBudget, which is its own controller: see <see cref="BudgetReconciler"/>.</summary>
public sealed class BudgetActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly BudgetReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new BudgetActor(key, services));
}
