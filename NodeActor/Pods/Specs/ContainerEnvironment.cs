using System.Collections.Immutable;
using System.Text;
using k8s.Models;
using NodeActor.Pods.Machine;

namespace NodeActor.Pods.Specs;

/// <summary>A container's environment: what finds Services, then envFrom, then env; later entries win, and may refer to earlier ones.</summary>
internal static class ContainerEnvironment
{
    /// <summary>The variables in order.</summary>
    /// <exception cref="SpecException">Something it refers to is not there.</exception>
    public static ImmutableArray<KeyValuePair<string, string>> Build(PodState state, PodNodeOptions options, ContainerDefinition container)
    {
        var objects = new ReferencedObjects(state);
        var values = new OrderedDictionary<string, string>();
        foreach (var (key, value) in options.Services?.Of(state.Key.Namespace, state.Definition!.Spec.EnableServiceLinks != false) ?? []) values[key] = value;
        foreach (var from in container.Spec.EnvFrom ?? [])
        {
            foreach (var (key, value) in Entries(objects, from)) values[$"{from.Prefix}{key}"] = Encoding.UTF8.GetString(value);
        }
        foreach (var one in container.Spec.Env ?? [])
        {
            if (one.ValueFrom is null) values[one.Name] = Expansion.Expand(one.Value ?? "", values);
            else if (From(objects, state, options, container, one.ValueFrom) is { } found) values[one.Name] = found;
        }
        return [.. values];
    }

    private static IEnumerable<KeyValuePair<string, byte[]>> Entries(ReferencedObjects objects, V1EnvFromSource from)
    {
        if (from.ConfigMapRef is { } map)
        {
            return objects.ConfigMap(map.Name) ?? (map.Optional == true ? Nothing : throw Missing("configmap", map.Name));
        }
        if (from.SecretRef is { } secret)
        {
            return objects.Secret(secret.Name) ?? (secret.Optional == true ? Nothing : throw Missing("secret", secret.Name));
        }
        return Nothing;
    }

    private static string? From(ReferencedObjects objects, PodState state, PodNodeOptions options, ContainerDefinition container, V1EnvVarSource source)
    {
        if (source.FieldRef is { } field) return DownwardFields.Field(state, options, field.FieldPath);
        if (source.ResourceFieldRef is { } resource) return DownwardFields.Resource(state, resource, container.Name);
        if (source.ConfigMapKeyRef is { } map) return Entry("configmap", "ConfigMap", objects.ConfigMap(map.Name), state, map.Name, map.Key, map.Optional == true);
        if (source.SecretKeyRef is { } secret) return Entry("secret", "Secret", objects.Secret(secret.Name), state, secret.Name, secret.Key, secret.Optional == true);
        return null;
    }

    private static string? Entry(string resource, string kind, IReadOnlyDictionary<string, byte[]>? entries, PodState state, string name, string key, bool optional)
    {
        if (entries is null) return optional ? null : throw Missing(resource, name);
        if (entries.TryGetValue(key, out var value)) return Encoding.UTF8.GetString(value);
        return optional ? null : throw new SpecException($"couldn't find key {key} in {kind} {state.Key.Namespace}/{name}");
    }

    private static SpecException Missing(string resource, string name) => new($"{resource} \"{name}\" not found");

    private static readonly Dictionary<string, byte[]> Nothing = [];
}
