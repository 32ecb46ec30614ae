using System.Globalization;
using System.Text.Json;

namespace ControlPlane.Catalogue.Printing;

/// <summary>The metadata of a list.</summary>
/// <param name="ResourceVersion">The revision the list is of.</param>
/// <param name="Continue">The token of the next page; null on the last.</param>
/// <param name="Remaining">How many objects follow this page, where that is known.</param>
internal readonly record struct ListHead(long ResourceVersion, string? Continue, long? Remaining)
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("metadata"u8);
        writer.WriteString("resourceVersion"u8, ResourceVersion.ToString(CultureInfo.InvariantCulture));
        if (!string.IsNullOrEmpty(Continue)) writer.WriteString("continue"u8, Continue);
        if (Remaining is { } remaining) writer.WriteNumber("remainingItemCount"u8, remaining);
        writer.WriteEndObject();
    }
}
