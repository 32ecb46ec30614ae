using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Catalogue.Documents;

/// <summary>What <c>/version</c> says. Every field has a value that clients of Kubernetes can read, those too that know of Go only.</summary>
internal static class ServerVersion
{
    // A build that knows of no repository (an image's) says so as git does.
    private static readonly string Commit = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { Length: 40 } commit] ? commit : new('0', 40);

    private static readonly DateTimeOffset Built = File.GetLastWriteTimeUtc(typeof(ServerVersion).Assembly.Location);

    public static void Write(Utf8JsonWriter writer)
    {
        var numbers = KubernetesRelease.Version.TrimStart('v').Split('.');
        writer.WriteStartObject();
        writer.WriteString("major", numbers[0]);
        writer.WriteString("minor", numbers[1]);
        writer.WriteString("gitVersion", $"{KubernetesRelease.Version}+actors");
        writer.WriteString("gitCommit", Commit);
        writer.WriteString("gitTreeState", "clean");
        writer.WriteString("buildDate", Rfc3339.Write(Built));
        writer.WriteString("goVersion", $"go0.0+dotnet{Environment.Version}");
        writer.WriteString("compiler", RuntimeInformation.FrameworkDescription);
        writer.WriteString("platform", $"linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}");
        writer.WriteEndObject();
    }
}
