using System.Collections.Concurrent;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>The shapes an object or list can be answered in.</summary>
public enum OutputShape { Object, Table, PartialObject }

/// <summary>What the Accept header asks for: the shape and whether YAML instead of JSON.</summary>
public sealed record OutputForm(OutputShape Shape, bool Yaml, string MetaVersion = "v1")
{
    private const int MaxRemembered = 256;
    private static readonly OutputForm Json = new(OutputShape.Object, Yaml: false);
    private static readonly ConcurrentDictionary<string, OutputForm?> Known = new(StringComparer.Ordinal);

    /// <summary>The first form of the header that can be served; null with 406 if none can. An absent header takes JSON.</summary>
    public static OutputForm? Negotiate(string? accept, out ApiStatus? refusal)
    {
        refusal = null;
        if (string.IsNullOrEmpty(accept) || accept is "application/json" or "*/*") return Json;
        if (!Known.TryGetValue(accept, out var form))
        {
            form = Parse(accept);
            if (Known.Count < MaxRemembered) Known.TryAdd(accept, form);
        }
        if (form is null) refusal = ApiStatus.NotAcceptable("only the following media types are accepted: application/json, application/yaml");
        return form;
    }

    private static OutputForm? Parse(string accept)
    {
        foreach (var choice in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = choice.Split(';', StringSplitOptions.TrimEntries);
            bool? yaml = parts[0].ToLowerInvariant() switch
            {
                "application/json" or "*/*" or "application/*" => false,
                "application/yaml" => true,
                _ => null,
            };
            if (yaml is null) continue;
            var shape = OutputShape.Object;
            var (known, version) = (true, "v1");
            foreach (var parameter in parts.AsSpan(1))
            {
                if (parameter.StartsWith("as=", StringComparison.Ordinal))
                {
                    (shape, known) = parameter[3..] switch
                    {
                        "Table" => (OutputShape.Table, true),
                        "PartialObjectMetadata" or "PartialObjectMetadataList" => (OutputShape.PartialObject, true),
                        _ => (OutputShape.Object, false),
                    };
                }
                else if (parameter.StartsWith("v=", StringComparison.Ordinal)) version = parameter[2..];
            }
            if (known && version is "v1" or "v1beta1") return new(shape, yaml.Value, version);
        }
        return null;
    }
}
