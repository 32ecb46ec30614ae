using System.Runtime.InteropServices;
using System.Text.Json;
using Shared.Api;

namespace ControlPlane.Catalogue.Documents;

/// <summary>What <c>/version</c> says.</summary>
internal static class ServerVersion
{
    public static void Write(Utf8JsonWriter writer)
    {
        var numbers = KubernetesRelease.Version.TrimStart('v').Split('.');
        writer.WriteStartObject();
        writer.WriteString("major", numbers[0]);
        writer.WriteString("minor", numbers[1]);
        writer.WriteString("gitVersion", $"{KubernetesRelease.Version}+actors");
        writer.WriteString("gitCommit", "");
        writer.WriteString("gitTreeState", "clean");
        writer.WriteString("buildDate", "1970-01-01T00:00:00Z");
        writer.WriteString("goVersion", "");
        writer.WriteString("compiler", RuntimeInformation.FrameworkDescription);
        writer.WriteString("platform", $"linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}");
        writer.WriteEndObject();
    }
}
