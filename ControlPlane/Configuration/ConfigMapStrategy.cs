using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Configuration;

/// <summary>How ConfigMaps are written.</summary>
public sealed class ConfigMapStrategy : KindStrategy
{
    private static readonly FieldPath Data = FieldPath.Of("data");
    private static readonly FieldPath BinaryData = FieldPath.Of("binaryData");

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (data, binary) = (@object.Child("data"), @object.Child("binaryData"));
        var bytes = DataRules.Texts(data, Data, errors) + DataRules.Base64(binary, BinaryData, errors);
        foreach (var (key, _) in binary ?? [])
        {
            if (data?.ContainsKey(key) == true) errors.Invalid(BinaryData.Key(key), key, "duplicate of key present in data");
        }
        if (bytes > DataRules.MaxBytes) errors.TooLong("", DataRules.MaxBytes);
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors) => DataRules.Immutable(updated, current, errors, "data", "binaryData");
}
