namespace Tests.Chaos.Recording;

internal enum OperationKind
{
    Create,
    Update,
    Patch,
    Delete,
    Get,
    List,
}

/// <summary>What a client asked for. Each write sets a value that no other write sets, so that it is known wherever it is found.</summary>
/// <param name="Name">The object; empty for a list.</param>
internal sealed record OperationRequest(OperationKind Kind, string Name)
{
    /// <summary>The whole data of a create or an update, the members that a patch sets.</summary>
    public Content Content { get; init; } = Content.Empty;

    /// <summary>The resourceVersion that an update or delete demands, or that a read may not be older than; null if it was not given.</summary>
    public long? Version { get; init; }

    /// <summary>The uid that a delete demands.</summary>
    public string? Uid { get; init; }

    public bool IsWrite => Kind is not (OperationKind.Get or OperationKind.List);

    /// <summary>What the write makes of an object's data.</summary>
    public Content Apply(Content before) => Kind switch
    {
        OperationKind.Patch => before.Merged(Content),
        OperationKind.Delete => before,
        _ => Content,
    };

    /// <summary>Whether a write may be carried out on this version of the object, null where there is none.</summary>
    public bool Permits(ObjectSeen? state) => Kind == OperationKind.Create
        ? state is null
        : state is not null && (Version is null || Version == state.Revision) && (Uid is null || Uid == state.Uid);

    public override string ToString()
    {
        var what = $"{Kind.ToString().ToLowerInvariant()} {Name}".TrimEnd();
        if (Content.Text.Length > 0) what += $" ({Content})";
        if (Version is not null) what += $" with resourceVersion {Version}";
        if (Uid is not null) what += $" with uid {Uid}";
        return what;
    }
}
