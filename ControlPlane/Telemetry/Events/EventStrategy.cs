using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Telemetry.Events;

/// <summary>How Events are written.</summary>
public sealed class EventStrategy : KindStrategy
{
    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (regarding, own) = (@object.Child("involvedObject").Text("namespace"), @object.Metadata().Text("namespace"));
        if (regarding.Length > 0 && regarding != own) errors.Invalid("involvedObject.namespace", regarding, "does not match event.namespace");
    }
}
