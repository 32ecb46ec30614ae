using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage;

/// <summary>How StorageClasses are written: one of directories of a node says nothing that they can not do.</summary>
public sealed class StorageClassStrategy : KindStrategy
{
    private const string Says = $"is not served by {NodeDirectory.Driver}";

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        if (@object.Text("provisioner") != NodeDirectory.Driver) return;
        if (@object.Text("volumeBindingMode") != "WaitForFirstConsumer")
        {
            errors.Invalid("volumeBindingMode", @object["volumeBindingMode"], $"must be WaitForFirstConsumer: {NodeDirectory.Driver} makes a volume on the node of its first pod");
        }
        if (@object.Flag("allowVolumeExpansion") == true) errors.Forbidden("allowVolumeExpansion", Says);
        if (@object.Child("parameters") is { Count: > 0 }) errors.Forbidden("parameters", $"{NodeDirectory.Driver} has no parameters");
        if (@object.HasElements("mountOptions")) errors.Forbidden("mountOptions", Says);
        if (@object.HasElements("allowedTopologies")) errors.Forbidden("allowedTopologies", Says);
    }
}

/// <summary>The class that every cluster begins with.</summary>
public static class FirstStorageClass
{
    private static readonly Requester By = Requester.Controller("storage-class-controller");

    public static ObjectKey Key { get; } = StorageKeys.Class(NodeDirectory.ClassName);

    /// <summary>Creates it.</summary>
    public static CreateObject Create() => new(
        Key,
        new JsonObject
        {
            ["apiVersion"] = "storage.k8s.io/v1",
            ["kind"] = "StorageClass",
            ["metadata"] = new JsonObject { ["name"] = Key.Name, ["annotations"] = new JsonObject { [StorageKeys.DefaultClass] = "true" } },
            ["provisioner"] = NodeDirectory.Driver,
            ["reclaimPolicy"] = "Delete",
            ["volumeBindingMode"] = "WaitForFirstConsumer",
        },
        By);
}
