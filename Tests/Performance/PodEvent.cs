using System.Text.Json;

namespace Tests.Performance;

/// <summary>What a benchmark needs to know of one event of a watch on pods.</summary>
public readonly record struct PodEvent(string Type, string Name, bool Bound, bool Running)
{
    /// <summary>Reads one line of the watch.</summary>
    public static PodEvent Parse(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        var pod = default(PodEvent);
        var section = Section.None;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.CurrentDepth == 1 && reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                pod = pod with { Type = reader.GetString()! };
            }
            else if (reader.CurrentDepth == 2)
            {
                section = reader.ValueTextEquals("metadata"u8) ? Section.Metadata : reader.ValueTextEquals("spec"u8) ? Section.Spec : reader.ValueTextEquals("status"u8) ? Section.Status : Section.None;
                reader.Read();
                if (section == Section.None) reader.Skip();
            }
            else if (reader.CurrentDepth == 3)
            {
                var field = (section, name: reader.ValueTextEquals("name"u8), node: reader.ValueTextEquals("nodeName"u8), phase: reader.ValueTextEquals("phase"u8));
                reader.Read();
                pod = field switch
                {
                    (Section.Metadata, true, _, _) => pod with { Name = reader.GetString()! },
                    (Section.Spec, _, true, _) => pod with { Bound = !reader.ValueTextEquals(""u8) },
                    (Section.Status, _, _, true) => pod with { Running = reader.ValueTextEquals("Running"u8) },
                    _ => pod,
                };
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
            }
        }
        return pod;
    }

    private enum Section
    {
        None,
        Metadata,
        Spec,
        Status,
    }
}
