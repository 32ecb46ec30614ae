using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Scheduling.PriorityClasses;

/// <summary>
/// A new pod gets the value and the preemption policy of the class it names, or of the cluster's default class, as by Kubernetes' plug-in of this name. A priority in its own spec
/// that says something else is refused; zero, which every pod without one gets, says nothing.
/// </summary>
/// <param name="catchUp">Waits until the view has all that is committed: a class may have been made through another member a moment ago.</param>
public sealed class Priority(IObjectView view, Func<CancellationToken, Task> catchUp) : IAdmissionStep
{
    private const string Lower = "PreemptLowerPriority";

    /// <inheritdoc/>
    public string Name => nameof(Priority);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.State is null && write.Kind is { Group.Length: 0, Plural: "pods" };

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var named = write.Object.Text("spec", "priorityClassName");
        var found = named.Length > 0 ? Find(named) : Default();
        return found is null && named.Length > 0 ? Later(write, named, stop) : new(Apply(write, found));
    }

    private async ValueTask<AdmissionOutcome> Later(PendingWrite write, string named, CancellationToken stop)
    {
        await catchUp(stop);
        return Find(named) is { } found ? Apply(write, found) : Forbidden(write, $"no PriorityClass with name {named} was found");
    }

    private static AdmissionOutcome Apply(PendingWrite write, PriorityClassState? found)
    {
        var spec = write.Object.DefaultChild("spec");
        var (value, policy) = found is null ? (0, Lower) : (found.Value, found.PreemptionPolicy);
        var (given, wanted) = (spec.Number("priority") ?? 0, spec.Text("preemptionPolicy"));
        if (given != 0 && given != value)
        {
            return Forbidden(write, $"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name");
        }
        if (wanted.Length > 0 && wanted != Lower && wanted != policy)
        {
            return Forbidden(write, $"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name");
        }
        if (found is null) return default;
        (spec["priorityClassName"], spec["priority"], spec["preemptionPolicy"]) = (found.Name, value, policy);
        return AdmissionOutcome.Changed;
    }

    private PriorityClassState? Find(string name) => view.Get(SystemPriorityClasses.Key(name)) is { } found ? PriorityClassState.Of(found) : null;

    // Where several say that they are the default, the lowest is.
    private PriorityClassState? Default() =>
        view.List(SystemPriorityClasses.Resource).Objects.Select(PriorityClassState.Of).Where(state => state.IsDefault).MinBy(state => state.Value);

    private static ApiStatus Forbidden(PendingWrite write, string why) => ApiStatus.Forbidden($"pods \"{write.Command.Key.Name}\" is forbidden: {why}");
}

/// <summary>There is one default class at most.</summary>
public sealed class OneDefaultPriorityClass(IObjectView view) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(OneDefaultPriorityClass);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.Kind.GroupResource == SystemPriorityClasses.Resource && write.Operation is not WriteOperation.Delete;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        if (write.Object.Flag("globalDefault") != true) return new(default(AdmissionOutcome));
        var other = view.List(SystemPriorityClasses.Resource).Objects.Select(PriorityClassState.Of).FirstOrDefault(state => state.IsDefault && state.Name != write.Command.Key.Name);
        return new(other is null
            ? default
            : (AdmissionOutcome)ApiStatus.Forbidden($"priorityclasses.scheduling.k8s.io \"{write.Command.Key.Name}\" is forbidden: PriorityClass {other.Name} is already marked as default. Only one default can exist"));
    }
}

/// <summary>What is read of a PriorityClass, once per version.</summary>
internal sealed record PriorityClassState(string Name, long Value, string PreemptionPolicy, bool IsDefault)
{
    public static PriorityClassState Of(StoredObject stored) => stored.Project(Read);

    private static PriorityClassState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        return new(stored.Key.Name, root.Number("value") ?? 0, root.Text("preemptionPolicy") is { Length: > 0 } policy ? policy : "PreemptLowerPriority", root.Flag("globalDefault") == true);
    }
}
