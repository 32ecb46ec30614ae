using System.Text.Json;

namespace ControlPlane.Catalogue.Documents;

/// <summary>Lists of texts in documents.</summary>
internal static class JsonTexts
{
    /// <summary>A member that is a list of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
