using System.Collections.Immutable;

namespace ControlPlane.Access.Pki;

/// <summary>The files that all control planes of a cluster must have alike, by their names in a data folder.</summary>
public static class SharedFiles
{
    /// <summary>The authority with its key. Whoever has it has all: it is written last.</summary>
    public const string Authority = "pki/ca.pem";

    /// <summary>All of them: the key of agents' tickets, the administrator's token, the keys of the secrets, the authority.</summary>
    public static ImmutableArray<string> Names { get; } = ["pki/agents.key", "pki/admin.token", "secrets.keys", Authority];

    /// <summary>Reads them.</summary>
    public static IReadOnlyDictionary<string, string> Read(string dataDirectory) => Names.ToDictionary(name => name, name => File.ReadAllText(Path.Combine(dataDirectory, name)));
}
