using System.Collections.Immutable;
using ControlPlane.Objects.Admission;

namespace ControlPlane.Entities;

/// <summary>The steps of a process in the order they are asked, mutating ones first.</summary>
public sealed class AdmissionChain
{
    /// <param name="steps">Steps of one phase are asked in this order.</param>
    public AdmissionChain(params IEnumerable<IAdmissionStep> steps) => Steps = [.. steps.OrderBy(step => step.Phase)];

    /// <summary>Admits everything.</summary>
    public static AdmissionChain Empty { get; } = new([]);

    public ImmutableArray<IAdmissionStep> Steps { get; }

    /// <summary>How long one write may wait for the steps that are the control plane's own. Less than clients wait, so that they get its answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How much more time there is for those that others answer for, as they are configured at the moment. Whoever waits for a write waits so much longer, too.</summary>
    public Func<TimeSpan> More { get; init; } = () => TimeSpan.Zero;

    /// <summary>How many commands of one object may wait behind one that is being admitted.</summary>
    public int MaxWaiting { get; init; } = 64;
}
