using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Networking.Endpoints;

/// <summary>How EndpointSlices are written.</summary>
public sealed class EndpointSliceStrategy : KindStrategy
{
    private const int MaxEndpoints = 1000;
    private const int MaxPorts = 100;
    private static readonly FieldPath Endpoints = FieldPath.Of("endpoints");

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var type = @object.Text("addressType");
        if (@object.List("endpoints")?.Count > MaxEndpoints) errors.Invalid(Endpoints, @object.List("endpoints")!.Count, $"must have at most {MaxEndpoints} items");
        if (@object.List("ports")?.Count > MaxPorts) errors.Invalid("ports", @object.List("ports")!.Count, $"must have at most {MaxPorts} items");
        var index = 0;
        foreach (var endpoint in @object.Objects("endpoints"))
        {
            var at = Endpoints.Item(index++).Child("addresses");
            if (endpoint.List("addresses") is not { Count: > 0 } addresses)
            {
                errors.Required(at, "must contain at least 1 address");
                continue;
            }
            for (var i = 0; i < addresses.Count && type != "FQDN"; i++) FieldRules.Address(addresses[i], at.Item(i), errors);
        }
        var names = new HashSet<string>();
        index = 0;
        foreach (var port in @object.Objects("ports"))
        {
            var at = FieldPath.Of("ports").Item(index++);
            FieldRules.Optional(port, "name", at, errors, NameSyntax.DnsLabel);
            if (!names.Add(port.Text("name"))) errors.Duplicate(at.Child("name"), port.Text("name"));
            FieldRules.OneOf(port, "protocol", at, errors, "SCTP", "TCP", "UDP");
            FieldRules.Between(port, "port", 1, 65535, at, errors);
        }
    }
}
