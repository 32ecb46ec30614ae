using System.Runtime.InteropServices;
using System.Text.Json;
using k8s.Models;

namespace ControlPlane.Catalogue.Documents;

/// <summary>
/// What <c>/version</c> says: the Kubernetes release whose API description the models were generated from, which the models themselves record.
/// </summary>
public static class ServerVersion
{
    /// <summary>E.g. <c>v1.37.0</c>.</summary>
    public static string Release => GeneratedModelVersion.SwaggerVersion;

    internal static void Write(Utf8JsonWriter writer)
    {
        var numbers = Release.TrimStart('v').Split('.');
        writer.WriteStartObject();
        writer.WriteString("major", numbers[0]);
        writer.WriteString("minor", numbers[1]);
        writer.WriteString("gitVersion", $"{Release}+actors");
        writer.WriteString("gitCommit", "");
        writer.WriteString("gitTreeState", "clean");
        writer.WriteString("buildDate", "1970-01-01T00:00:00Z");
        writer.WriteString("goVersion", "");
        writer.WriteString("compiler", RuntimeInformation.FrameworkDescription);
        writer.WriteString("platform", $"linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}");
        writer.WriteEndObject();
    }
}
