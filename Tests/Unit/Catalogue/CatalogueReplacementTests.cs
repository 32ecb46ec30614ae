using ControlPlane.Catalogue;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Schemas;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class CatalogueReplacementTests
{
    private static readonly GroupResource Resource = new("shop.example.com", "widgets");

    [Fact]
    public void Kind_is_there_once_its_definition_has_come_and_gone_when_that_goes()
    {
        var catalogue = new KindCatalogue(TestCatalogue.Default);
        Assert.Null(catalogue.FindStored(Resource));
        catalogue.Replace(snapshot => snapshot.With([Widgets.Kind]));
        Assert.Equal("Widget", catalogue.FindStored(Resource)!.Kind);
        Assert.NotNull(catalogue.FindKind("shop.example.com", "v1", "Widget"));
        catalogue.Replace(snapshot => snapshot.Without(kind => kind.Group == "shop.example.com"));
        Assert.Null(catalogue.FindStored(Resource));
        Assert.NotNull(catalogue.FindStored(new("", "pods")));
    }

    [Fact]
    public void Snapshot_that_is_held_stays_as_it_is()
    {
        var catalogue = new KindCatalogue(TestCatalogue.Default);
        var held = catalogue.Current;
        var documents = held.Discovery;
        catalogue.Replace(snapshot => snapshot.With([Widgets.Kind]));
        Assert.Null(held.Find("shop.example.com", "v1", "widgets"));
        Assert.Null(documents.Find("/apis/shop.example.com"));
        Assert.NotNull(catalogue.Current.Discovery.Find("/apis/shop.example.com"));
    }

    [Fact]
    public void Documents_are_made_once_per_snapshot()
    {
        var snapshot = TestCatalogue.Default.With([Widgets.Kind]);
        Assert.Same(snapshot.OpenApi.Find("/openapi/v3/apis/apps/v1", null), snapshot.OpenApi.Find("/openapi/v3/apis/apps/v1", null));
        Assert.Same(snapshot.Discovery.Find("/apis"), snapshot.Discovery.Find("/apis"));
        Assert.NotEqual(TestCatalogue.Default.Discovery.Find("/apis")!.ETag, snapshot.Discovery.Find("/apis")!.ETag);
    }

    [Fact]
    public async Task Replacements_at_once_all_count()
    {
        var catalogue = new KindCatalogue(TestCatalogue.Default);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() =>
            catalogue.Replace(snapshot => snapshot.With([Widgets.Kind with { Plural = $"widgets{number}", Kind = $"Widget{number}" }])))));
        Assert.Equal(16, catalogue.All.Count(kind => kind.Group == "shop.example.com"));
    }

    [Fact]
    public void Two_kinds_of_one_path_are_refused() =>
        Assert.Throws<ArgumentException>(() => TestCatalogue.Default.With([Widgets.Kind, Widgets.Kind]));

    [Fact]
    public void Version_that_is_stored_as_nothing_is_refused() =>
        Assert.Throws<ArgumentException>(() => new CatalogueSnapshot(TestCatalogue.Default.All.Where(kind => kind.Conversion is not null)));
}
