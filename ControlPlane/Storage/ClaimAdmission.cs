using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using ControlPlane.Storage.Binding;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage;

/// <summary>A new claim that names no class gets the newest default one, as by Kubernetes' plug-in of this name. One that names the empty class wants none.</summary>
public sealed class DefaultStorageClass(IObjectView view) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(DefaultStorageClass);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Mutating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) => write.State is null && write.Kind.GroupResource == StorageKeys.Claims;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var spec = write.Object.DefaultChild("spec");
        if (spec["storageClassName"] is not null || ClassState.Default(view) is not { } standard) return new(default(AdmissionOutcome));
        spec["storageClassName"] = standard.Name;
        return new(AdmissionOutcome.Changed);
    }
}

/// <summary>A claim grows only where its class says that volumes can, as by Kubernetes' plug-in of this name.</summary>
public sealed class PersistentVolumeClaimResize(IObjectView view) : IAdmissionStep
{
    /// <inheritdoc/>
    public string Name => nameof(PersistentVolumeClaimResize);

    /// <inheritdoc/>
    public AdmissionPhase Phase => AdmissionPhase.Validating;

    /// <inheritdoc/>
    public bool AppliesTo(PendingWrite write) =>
        write is { State: not null, Operation: WriteOperation.Update, Subresource.Length: 0, Trusted: false } && write.Kind.GroupResource == StorageKeys.Claims;

    /// <inheritdoc/>
    public ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop)
    {
        var before = ClaimState.Of(write.State!);
        if (!Quantities.TryParseValue(write.Object.Text("spec", "resources", "requests", "storage"), out var now) || now <= before.RequestedBytes) return new(default(AdmissionOutcome));
        var expands = view.Get(StorageKeys.Class(before.ClassName ?? "")) is { } found && ClassState.Of(found) is { MayExpand: true, IsDirectory: false };
        return new(expands ? default : (AdmissionOutcome)ApiStatus.Forbidden(
            $"persistentvolumeclaims \"{write.Command.Key.Name}\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"));
    }
}
