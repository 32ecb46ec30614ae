namespace ControlPlane.Catalogue.Printing;

/// <summary>What a table is to show beside its rows.</summary>
public sealed record TableOptions
{
    /// <summary>The time ages are counted to.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The revision of the list or object.</summary>
    public required long ResourceVersion { get; init; }

    /// <summary>What a row carries besides its cells.</summary>
    public IncludeObject IncludeObject { get; init; } = IncludeObject.Metadata;

    /// <summary>The version of meta.k8s.io asked for: v1 or v1beta1.</summary>
    public string MetaVersion { get; init; } = "v1";

    /// <summary>The token of the list's next page; null where there is none.</summary>
    public string? Continue { get; init; }

    /// <summary>How many objects follow this page, where that is known.</summary>
    public long? RemainingItemCount { get; init; }

    /// <summary>False leaves the column definitions out, as in every watch event but the first.</summary>
    public bool WithColumns { get; init; } = true;

    internal ListHead Head => new(ResourceVersion, Continue, RemainingItemCount);
}
