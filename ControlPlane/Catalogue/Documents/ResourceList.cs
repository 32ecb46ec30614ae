using System.Text.Json;
using ControlPlane.Objects;

namespace ControlPlane.Catalogue.Documents;

/// <summary>The resources of one group and version, each followed by its subresources.</summary>
internal static class ResourceList
{
    public static void Write(Utf8JsonWriter writer, GroupVersionKinds version)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIResourceList");
        writer.WriteString("apiVersion", "v1");
        writer.WriteString("groupVersion", version.GroupVersion);
        writer.WriteStartArray("resources");
        foreach (var kind in version.Kinds)
        {
            WriteResource(writer, kind);
            foreach (var subresource in kind.Subresources) WriteSubresource(writer, kind, subresource);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteResource(Utf8JsonWriter writer, KindDefinition kind)
    {
        writer.WriteStartObject();
        writer.WriteString("name", kind.Plural);
        writer.WriteString("singularName", kind.Singular);
        writer.WriteBoolean("namespaced", kind.Namespaced);
        writer.WriteString("kind", kind.Kind);
        writer.WriteTexts("verbs", kind.Verbs);
        if (!kind.ShortNames.IsEmpty) writer.WriteTexts("shortNames", kind.ShortNames);
        if (!kind.Categories.IsEmpty) writer.WriteTexts("categories", kind.Categories);
        writer.WriteEndObject();
    }

    private static void WriteSubresource(Utf8JsonWriter writer, KindDefinition kind, SubresourceDefinition subresource)
    {
        writer.WriteStartObject();
        writer.WriteString("name", $"{kind.Plural}/{subresource.Name}");
        writer.WriteString("singularName", "");
        writer.WriteBoolean("namespaced", kind.Namespaced);
        if (subresource.Group != kind.Group || subresource.Version != kind.Version)
        {
            writer.WriteString("group", subresource.Group);
            writer.WriteString("version", subresource.Version);
        }
        writer.WriteString("kind", subresource.Kind);
        writer.WriteTexts("verbs", subresource.Verbs);
        writer.WriteEndObject();
    }
}
