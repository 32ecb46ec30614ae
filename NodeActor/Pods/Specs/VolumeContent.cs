using k8s.Models;
using NodeActor.Pods.Machine;
using NodeActor.Volumes;

namespace NodeActor.Pods.Specs;

/// <summary>What a pod's volumes show: the objects it refers to, and the pod itself.</summary>
internal sealed class VolumeContent(PodState state, PodNodeOptions options) : IVolumeContent
{
    private readonly ReferencedObjects _objects = new(state);

    public IReadOnlyDictionary<string, byte[]>? ConfigMap(string name) => _objects.ConfigMap(name);

    public IReadOnlyDictionary<string, byte[]>? Secret(string name) => _objects.Secret(name);

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
