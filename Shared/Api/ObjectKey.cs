using System.Security.Cryptography;
using System.Text;

namespace Shared.Api;

/// <summary>An API resource without its version: <c>("apps", "deployments")</c>, <c>("", "pods")</c>.</summary>
public readonly record struct GroupResource(string Group, string Resource)
{
    /// <summary><c>deployments.apps</c>, or <c>pods</c> for the core group: the form Kubernetes uses in messages.</summary>
    public override string ToString() => Group.Length == 0 ? Resource : $"{Resource}.{Group}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static GroupResource Parse(string text) => text.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? new(text[(dot + 1)..], text[..dot]) : new("", text);
}

/// <summary>The identity of an API object. <see cref="Namespace"/> is empty for cluster-scoped resources.</summary>
public readonly record struct ObjectKey(string Group, string Resource, string Namespace, string Name)
{
    private const int LongestPersistenceId = 250;

    /// <summary>The resource this object belongs to.</summary>
    public GroupResource GroupResource => new(Group, Resource);

    /// <summary>The entity id, <c>{group}/{resource}/{namespace}/{name}</c>.</summary>
    public override string ToString() => $"{Group}/{Resource}/{Namespace}/{Name}";

    /// <summary>
    /// The entity id, or a prefix of it and its SHA-256 where it would not fit the journal's persistence id column (255 characters).
    /// </summary>
    public string PersistenceId
    {
        get
        {
            var id = ToString();
            return id.Length <= LongestPersistenceId
                ? id
                : string.Concat(id.AsSpan(0, 170), "#", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id))));
        }
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text does not have four parts.</exception>
    public static ObjectKey Parse(string text)
    {
        var parts = text.Split('/', 4);
        return parts.Length == 4 ? new(parts[0], parts[1], parts[2], parts[3]) : throw new FormatException($"'{text}' is not an object key.");
    }
}

/// <summary>The uid of a pod: what tells two pods of one name apart.</summary>
public readonly record struct PodUid(string Value)
{
    public override string ToString() => Value;
}

/// <summary>The name of a Node object and of the machine it stands for.</summary>
public readonly record struct NodeName(string Value)
{
    public override string ToString() => Value;
}
