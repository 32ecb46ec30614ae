using System.Collections.Immutable;
using System.Reflection;
using ControlPlane.Catalogue;
using ControlPlane.Hosting;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Catalogue;

/// <summary>Every kind is declared in a folder of its own concern, and the one list names them all.</summary>
public sealed class DeclaredKindsTests
{
    [Fact]
    public void List_names_every_kind_that_is_declared() => Assert.Equal(Names(Declarations().Select(declared => declared.Kind)), Names(BuiltInKinds.All));

    [Fact]
    public void Declaration_stands_in_a_folder_of_its_own_concern() =>
        Assert.All(Declarations(), declared => Assert.DoesNotContain(declared.Type.Namespace!.Split('.')[1], (string[])["Catalogue", "Hosting", "Objects", "Journal"]));

    private static IEnumerable<(Type Type, KindDefinition Kind)> Declarations() =>
        from type in typeof(BuiltInKinds).Assembly.GetTypes()
        where type != typeof(BuiltInKinds) && type != typeof(RequestBodies)
        from property in type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where property.PropertyType == typeof(KindDefinition) || property.PropertyType == typeof(ImmutableArray<KindDefinition>)
        from kind in property.GetValue(null) switch
        {
            KindDefinition one => [one],
            ImmutableArray<KindDefinition> several => several,
            _ => ImmutableArray<KindDefinition>.Empty,
        }
        select (type, kind);

    private static string[] Names(IEnumerable<KindDefinition> kinds) => [.. kinds.Select(kind => $"{kind.GroupVersion} {kind.Kind}").Order(StringComparer.Ordinal)];
}
