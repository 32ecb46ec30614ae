using System.Collections.Immutable;
using Hyperion;

namespace Shared.Serialization;

/// <summary>
/// A closed list of types that may cross machines: messages, and the parts they are made of. The place in the list is what stands on the wire,
/// so both ends must have the same one: only ever add at its end.
/// </summary>
public sealed class ProtocolTypes
{
    private readonly ImmutableDictionary<string, Type> _byManifest;
    private readonly Lazy<Serializer> _hyperion;

    /// <param name="messages">What may be sent. Names must differ: a type's name is its manifest.</param>
    /// <param name="parts">What messages hold, collections included; never sent alone.</param>
    public ProtocolTypes(ImmutableArray<Type> messages, ImmutableArray<Type> parts)
    {
        (Messages, Parts) = (messages, parts);
        _byManifest = messages.ToImmutableDictionary(type => type.Name, StringComparer.Ordinal);
        _hyperion = new(() => new Serializer(Options()));
    }

    public ImmutableArray<Type> Messages { get; }
    public ImmutableArray<Type> Parts { get; }

    /// <summary>The type a manifest stands for, or null if it is not listed.</summary>
    public Type? Find(string manifest) => _byManifest.GetValueOrDefault(manifest);

    /// <summary>Whether objects of exactly this type may be sent.</summary>
    public bool Allows(Type type) => _byManifest.TryGetValue(type.Name, out var listed) && listed == type;

    /// <summary>
    /// One for all actor systems of the process, made when the first message is written or read: Hyperion compiles code for every listed type at once, for
    /// most of a second, and a control plane that is alone writes none.
    /// </summary>
    internal Serializer Hyperion => _hyperion.Value;

    private SerializerOptions Options()
    {
        var all = Parts.AddRange(Messages);
        return new SerializerOptions(
            versionTolerance: false,
            preserveObjectReferences: false,
            surrogates: null,
            serializerFactories: null,
            knownTypes: all,
            ignoreISerializable: true,
            packageNameOverrides: null,
            disallowUnsafeTypes: true,
            typeFilter: new ListedTypesOnly(all));
    }

    /// <summary>Hyperion asks with a shortened name when it reads and with the full one when it writes.</summary>
    private sealed class ListedTypesOnly : ITypeFilter
    {
        private readonly ImmutableHashSet<string> _names;

        public ListedTypesOnly(ImmutableArray<Type> types)
        {
            var builder = TypeFilterBuilder.Create();
            foreach (var type in types) builder.Include(type);
            _names = builder.Build().FilteredTypes.Union(types.Select(type => type.AssemblyQualifiedName!));
        }

        public bool IsAllowed(string typeName) => _names.Contains(typeName);
    }
}
