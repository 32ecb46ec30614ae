using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Catalogue.Columns;

/// <summary>The printer columns of every kind that has more than Name and Age.</summary>
internal static class KindColumns
{
    /// <summary>A kind's columns; empty for Name and Age.</summary>
    public static ImmutableArray<PrinterColumn> For(GroupResource resource, string version) => [];
}
