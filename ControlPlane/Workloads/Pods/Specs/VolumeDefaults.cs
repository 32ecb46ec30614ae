using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>The defaults of one volume.</summary>
internal static class VolumeDefaults
{
    /// <summary>rw-r--r--</summary>
    private const long FileMode = 420;
    private const long TokenSeconds = 3600;

    public static void Apply(JsonObject volume)
    {
        if (volume.Count(member => member.Key != "name" && member.Value is not null) == 0) volume["emptyDir"] = new JsonObject();
        volume.Child("secret")?.Default("defaultMode", FileMode);
        volume.Child("configMap")?.Default("defaultMode", FileMode);
        if (volume.Child("hostPath") is { } path && !path.Has("type")) path["type"] = "";
        DownwardApi(volume.Child("downwardAPI"));
        volume.Child("downwardAPI")?.Default("defaultMode", FileMode);
        if (volume.Child("ephemeral").Child("volumeClaimTemplate").Child("spec") is { } claim) claim.Default("volumeMode", "Filesystem");
        if (volume.Child("projected") is not { } projected) return;
        projected.Default("defaultMode", FileMode);
        foreach (var source in projected.Objects("sources"))
        {
            source.Child("serviceAccountToken")?.Default("expirationSeconds", TokenSeconds);
            DownwardApi(source.Child("downwardAPI"));
        }
    }

    private static void DownwardApi(JsonObject? source)
    {
        foreach (var item in source.Objects("items")) item.Child("fieldRef")?.Default("apiVersion", "v1");
    }
}
