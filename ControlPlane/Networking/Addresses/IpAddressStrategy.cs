using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Networking.Addresses;

/// <summary>How IPAddresses are written: the name is the address, so that only one can be there.</summary>
public sealed class IpAddressStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override NameRule NameRule => NameRule.PathSegment;

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var name = @object.Metadata().Text("name");
        if (!FieldRules.IsAddress(name)) FieldRules.Address(name, FieldPath.Of("metadata").Child("name"), errors);
        var (parent, path) = (@object.Child("spec").Child("parentRef"), FieldPath.Of("spec").Child("parentRef"));
        if (parent is null)
        {
            errors.Required(path);
            return;
        }
        FieldRules.Required(parent, "resource", path, errors);
        FieldRules.Required(parent, "name", path, errors);
    }
}
