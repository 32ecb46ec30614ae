using System.Text;
using k8s.Models;

namespace NodeActor.Volumes;

/// <summary>Which files a configMap, secret, downwardAPI or projected volume holds.</summary>
internal sealed class VolumeFiles(IVolumeContent content)
{
    private const int DefaultMode = 0x1A4; // 0644

    /// <summary>The files of a volume.</summary>
    /// <exception cref="VolumeException">An object or key it refers to is not there.</exception>
    public IReadOnlyList<ProjectedFile> Of(V1Volume volume)
    {
        if (volume.ConfigMap is { } map) return ConfigMap(map.Name, map.Items, map.DefaultMode, map.Optional);
        if (volume.Secret is { } secret) return Secret(secret.SecretName, secret.Items, secret.DefaultMode, secret.Optional);
        if (volume.DownwardAPI is { } downward) return Downward(downward.Items, downward.DefaultMode);
        return [.. (volume.Projected?.Sources ?? []).SelectMany(one => Source(one, volume.Projected!.DefaultMode))];
    }

    private IReadOnlyList<ProjectedFile> Source(V1VolumeProjection source, int? mode)
    {
        if (source.ConfigMap is { } map) return ConfigMap(map.Name, map.Items, mode, map.Optional);
        if (source.Secret is { } secret) return Secret(secret.Name, secret.Items, mode, secret.Optional);
        if (source.DownwardAPI is { } downward) return Downward(downward.Items, mode);
        if (source.ServiceAccountToken is { } token) return [new(token.Path, content.Token(token), mode ?? DefaultMode)];

        // Trust bundles need an object of a kind that is not served.
        throw new VolumeException("this node does not support a source of its projected volume");
    }

    private IReadOnlyList<ProjectedFile> ConfigMap(string name, IList<V1KeyToPath>? items, int? mode, bool? optional) =>
        Keys("configmap", name, content.ConfigMap(name), items, mode, optional);

    private IReadOnlyList<ProjectedFile> Secret(string name, IList<V1KeyToPath>? items, int? mode, bool? optional) =>
        Keys("secret", name, content.Secret(name), items, mode, optional);

    private static List<ProjectedFile> Keys(
        string resource, string name, IReadOnlyDictionary<string, byte[]>? entries, IList<V1KeyToPath>? items, int? mode, bool? optional)
    {
        if (entries is null) return optional == true ? [] : throw new VolumeException($"{resource} \"{name}\" not found");
        if (items is null or { Count: 0 }) return [.. entries.Select(one => new ProjectedFile(one.Key, one.Value, mode ?? DefaultMode))];
        var files = new List<ProjectedFile>();
        foreach (var item in items)
        {
            if (entries.TryGetValue(item.Key, out var bytes)) files.Add(new(item.Path, bytes, item.Mode ?? mode ?? DefaultMode));
            else if (optional != true) throw new VolumeException($"references non-existent {resource} key: {item.Key}");
        }
        return files;
    }

    private List<ProjectedFile> Downward(IList<V1DownwardAPIVolumeFile>? items, int? mode) =>
        [.. (items ?? []).Select(item => new ProjectedFile(item.Path, Encoding.UTF8.GetBytes(content.Downward(item)), item.Mode ?? mode ?? DefaultMode))];
}
