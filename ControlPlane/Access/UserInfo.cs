using System.Collections.Immutable;

namespace ControlPlane.Access;

/// <summary>Who makes a request, as authentication found: Kubernetes' user.Info.</summary>
public sealed record UserInfo(string Name, ImmutableArray<string> Groups)
{
    /// <summary>The group whose members may do anything.</summary>
    public const string Masters = "system:masters";

    /// <summary>The group of everyone who has proved an identity.</summary>
    public const string Authenticated = "system:authenticated";

    /// <summary>A request without credentials.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", ["system:unauthenticated"]);
}
