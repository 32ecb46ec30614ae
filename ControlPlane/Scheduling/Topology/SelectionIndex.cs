using System.Runtime.InteropServices;
using ControlPlane.Objects.Selectors;

namespace ControlPlane.Scheduling.Topology;

/// <summary>
/// Finds what speaks of a pod without asking everything that speaks of some pod: entries stand under the namespaces and one label that every pod
/// they select has. What is found may be more than what selects the pod, never less.
/// </summary>
internal sealed class SelectionIndex<T>
    where T : class
{
    private readonly Dictionary<(string Namespace, string Key, string Value), List<T>> _entries = [];

    public void Add(PodSelection selection, T entry)
    {
        foreach (var place in Places(selection))
        {
            ref var entries = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, place, out _);
            (entries ??= []).Add(entry);
        }
    }

    public void Remove(PodSelection selection, T entry)
    {
        foreach (var place in Places(selection))
        {
            if (!_entries.TryGetValue(place, out var entries) || !entries.Remove(entry)) continue;
            if (entries.Count == 0) _entries.Remove(place);
        }
    }

    /// <summary>Adds to <paramref name="found"/> each entry that may select the pod, once for each selection it was added with.</summary>
    public void Find(PodDemand pod, List<T> found)
    {
        if (_entries.Count == 0) return;
        Collect(pod.Key.Namespace, pod, found);
        Collect("", pod, found);
    }

    private void Collect(string @namespace, PodDemand pod, List<T> found)
    {
        if (_entries.TryGetValue((@namespace, "", ""), out var unlabelled)) found.AddRange(unlabelled);
        foreach (var (key, value) in pod.Labels)
        {
            if (_entries.TryGetValue((@namespace, key, value), out var labelled)) found.AddRange(labelled);
        }
    }

    /// <summary>A pod is at one of these places at most if the selection selects it: it has one namespace and one value of the label.</summary>
    private static IEnumerable<(string Namespace, string Key, string Value)> Places(PodSelection selection)
    {
        if (selection.Labels.SelectsNothing) yield break;
        LabelRequirement? narrowest = null;
        foreach (var term in selection.Labels.Requirements)
        {
            if (term.Operator == LabelOperator.In && (narrowest is null || term.Values.Length < narrowest.Values.Length)) narrowest = term;
        }
        foreach (var @namespace in selection.NamespaceSelector is null ? selection.Namespaces.Distinct() : [""])
        {
            if (narrowest is null) yield return (@namespace, "", "");
            else foreach (var value in narrowest.Values.Distinct()) yield return (@namespace, narrowest.Key, value);
        }
    }
}
