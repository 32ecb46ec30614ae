using System.Collections.Immutable;

namespace ControlPlane.Objects;

/// <summary>What is told of a write beside its outcome, whether it is admitted or refused. Immutable.</summary>
public sealed record WriteNotes
{
    /// <summary>What the sender should be told, such as fields that were dropped.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>What the audit log has of the write: Kubernetes' annotations of an audit Event.</summary>
    public ImmutableDictionary<string, string> Annotations { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Notes with these warnings; null where there are none.</summary>
    public static WriteNotes? Warning(params ImmutableArray<string> warnings) => warnings.IsEmpty ? null : new() { Warnings = warnings };

    /// <summary>Both, one after the other. Of two annotations with one key the first stands, as in Kubernetes.</summary>
    public static WriteNotes? Join(WriteNotes? first, WriteNotes? then)
    {
        if (first is null || then is null) return first ?? then;
        var annotations = first.Annotations;
        foreach (var (key, value) in then.Annotations)
        {
            if (!annotations.ContainsKey(key)) annotations = annotations.Add(key, value);
        }
        return new() { Warnings = first.Warnings.AddRange(then.Warnings), Annotations = annotations };
    }
}
