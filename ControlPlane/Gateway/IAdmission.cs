using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>
/// A step between decoding and the command: may complete the object (a Service's cluster IP) or refuse it. Where admission plug-ins and webhooks
/// take their place.
/// </summary>
public interface IAdmission
{
    /// <summary>Completes the command's object in place, or refuses it. Called again for each attempt under a generated name.</summary>
    ValueTask<ApiStatus?> Admit(GatewayRequest request, ObjectCommand command);

    /// <summary>The command was refused after it had been admitted: whatever was claimed for it is given back.</summary>
    ValueTask Withdraw(ObjectCommand command) => ValueTask.CompletedTask;
}
