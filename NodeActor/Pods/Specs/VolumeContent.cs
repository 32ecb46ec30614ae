using System.Text;
using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Volumes;
using Shared.Json;

namespace NodeActor.Pods.Specs;

/// <summary>What a pod's volumes show: the objects it refers to, and the pod itself.</summary>
internal sealed class VolumeContent(PodState state, PodNodeOptions options) : IVolumeContent
{
    private readonly ReferencedObjects _objects = new(state);

    public IReadOnlyDictionary<string, byte[]>? ConfigMap(string name) => _objects.ConfigMap(name);

    public IReadOnlyDictionary<string, byte[]>? Secret(string name) => _objects.Secret(name);

    public byte[] Token(V1ServiceAccountTokenProjection source)
    {
        if (state.Objects.GetValueOrDefault(TokenNeed.Of(source).Key(state.Uid))?.Json is not { } json) throw new VolumeException("failed to fetch token: it has not come yet");
        var held = ModelReading.Read<HeldToken>(json);
        return held is { Token.Length: > 0 } ? Encoding.UTF8.GetBytes(held.Token) : throw new VolumeException($"failed to fetch token: {held?.Fault}");
    }

    public string Downward(V1DownwardAPIVolumeFile item)
    {
        try
        {
            return item.FieldRef is { } field
                ? DownwardFields.Field(state, options, field.FieldPath)
                : DownwardFields.Resource(state, item.ResourceFieldRef, item.ResourceFieldRef.ContainerName);
        }
        catch (SpecException error)
        {
            throw new VolumeException(error.Message, error);
        }
    }
}
