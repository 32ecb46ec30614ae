using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway.Answers;

/// <summary>Where the objects of a kind come from that is asked, not stored (<see cref="KindDefinition.Stored"/>): they are made anew for every GET and LIST.</summary>
public interface IAnsweredObjects
{
    /// <summary>Whose objects they are.</summary>
    GroupResource Resource { get; }

    /// <summary>What clients are told beside the answer; null: nothing.</summary>
    string? Warning => null;

    /// <summary>The objects that are meant, in the order of their namespaces and names, or in that of their time.</summary>
    Task<IReadOnlyList<StoredObject>> Select(GatewayRequest request, Selection selection);
}
