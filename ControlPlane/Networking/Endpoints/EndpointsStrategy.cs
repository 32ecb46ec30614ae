using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Networking.Endpoints;

/// <summary>How Endpoints are written.</summary>
public sealed class EndpointsStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var index = 0;
        foreach (var subset in @object.Objects("subsets"))
        {
            var at = FieldPath.Of("subsets").Item(index++);
            if (!subset.HasElements("addresses") && !subset.HasElements("notReadyAddresses")) errors.Required(at, "must specify `addresses` or `notReadyAddresses`");
            foreach (var list in (ReadOnlySpan<string>)["addresses", "notReadyAddresses"])
            {
                var i = 0;
                foreach (var address in subset.Objects(list)) FieldRules.Address(address["ip"], at.Child(list).Item(i++).Child("ip"), errors);
            }
            var j = 0;
            foreach (var port in subset.Objects("ports"))
            {
                if (PortSyntax.Number(port.Number("port") ?? 0) is { } fault) errors.Invalid(at.Child("ports").Item(j).Child("port"), port["port"], fault);
                FieldRules.OneOf(port, "protocol", at.Child("ports").Item(j), errors, "SCTP", "TCP", "UDP");
                j++;
            }
        }
    }
}
