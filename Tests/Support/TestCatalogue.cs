using ControlPlane.Catalogue;
using ControlPlane.Hosting;

namespace Tests.Support;

/// <summary>The kinds a control plane starts with.</summary>
internal static class TestCatalogue
{
    public static CatalogueSnapshot Default { get; } = new(BuiltInKinds.All);
}
