using System.Text.Json;
using ControlPlane.Objects;

namespace ControlPlane.Catalogue.Documents;

/// <summary>Groups, versions, resources and subresources in one document: apidiscovery.k8s.io's APIGroupDiscoveryList.</summary>
internal static class AggregatedDiscovery
{
    public static void Write(Utf8JsonWriter writer, IEnumerable<GroupVersionKinds> versions, DiscoveryForm form)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIGroupDiscoveryList");
        writer.WriteString("apiVersion", $"apidiscovery.k8s.io/{DiscoveryForms.Version(form)}");
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        writer.WriteStartArray("items");
        foreach (var group in versions.GroupBy(version => version.Group))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            if (group.Key.Length > 0) writer.WriteString("name", group.Key);
            writer.WriteEndObject();
            writer.WriteStartArray("versions");
            foreach (var version in group) WriteVersion(writer, version);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteVersion(Utf8JsonWriter writer, GroupVersionKinds version)
    {
        writer.WriteStartObject();
        writer.WriteString("version", version.Version);
        writer.WriteStartArray("resources");
        foreach (var kind in version.Kinds) WriteResource(writer, kind);
        writer.WriteEndArray();
        writer.WriteString("freshness", "Current");
        writer.WriteEndObject();
    }

    private static void WriteResource(Utf8JsonWriter writer, KindDefinition kind)
    {
        writer.WriteStartObject();
        writer.WriteString("resource", kind.Plural);
        WriteKind(writer, kind.Group, kind.Version, kind.Kind);
        writer.WriteString("scope", kind.Namespaced ? "Namespaced" : "Cluster");
        writer.WriteString("singularResource", kind.Singular);
        writer.WriteTexts("verbs", kind.Verbs);
        if (!kind.ShortNames.IsEmpty) writer.WriteTexts("shortNames", kind.ShortNames);
        if (!kind.Categories.IsEmpty) writer.WriteTexts("categories", kind.Categories);
        if (!kind.Subresources.IsEmpty)
        {
            writer.WriteStartArray("subresources");
            foreach (var subresource in kind.Subresources)
            {
                writer.WriteStartObject();
                writer.WriteString("subresource", subresource.Name);
                WriteKind(writer, subresource.Group, subresource.Version, subresource.Kind);
                writer.WriteTexts("verbs", subresource.Verbs);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void WriteKind(Utf8JsonWriter writer, string group, string version, string kind)
    {
        writer.WriteStartObject("responseKind");
        writer.WriteString("group", group);
        writer.WriteString("version", version);
        writer.WriteString("kind", kind);
        writer.WriteEndObject();
    }
}
