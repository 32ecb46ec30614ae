using ControlPlane.Objects;

namespace ControlPlane.Admission.PodSecurity;

/// <summary>A level, and the version of the standards it is of.</summary>
/// <param name="Version"><c>latest</c> or <c>v1.N</c>: shown to users; the checks are always the latest.</param>
public readonly record struct SecurityDemand(SecurityLevel Level, string Version)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Level.ToString().ToLowerInvariant()}:{Version}";
}

/// <summary>What the labels of a namespace ask of its pods.</summary>
/// <param name="Enforce">Pods that do not meet it are refused.</param>
/// <param name="Audit">Pods and templates of pods that do not meet it are marked in the audit log.</param>
/// <param name="Warn">Who writes pods or templates of pods that do not meet it is told.</param>
public sealed record NamespacePolicy(SecurityDemand Enforce, SecurityDemand Audit, SecurityDemand Warn)
{
    /// <summary>Of the labels, and of what the audit log has.</summary>
    public const string Prefix = "pod-security.kubernetes.io/";

    private const string VersionSuffix = "-version";
    private const string Latest = "latest";

    private static readonly string[] Modes = ["enforce", "audit", "warn"];
    private static readonly SecurityDemand Nothing = new(SecurityLevel.Privileged, Latest);
    private static readonly NamespacePolicy None = new(Nothing, Nothing, Nothing);

    /// <summary>Whether anything is asked.</summary>
    public bool IsNone => Enforce.Level == SecurityLevel.Privileged && Audit.Level == SecurityLevel.Privileged && Warn.Level == SecurityLevel.Privileged;

    /// <summary>Reads the labels of a namespace. A level that is none counts as the strictest, as in Kubernetes: it was meant to restrict.</summary>
    public static NamespacePolicy Of(IReadOnlyDictionary<string, string> labels) =>
        labels.Count == 0 || !labels.Keys.Any(label => label.StartsWith(Prefix, StringComparison.Ordinal)) ? None : new(Demand(labels, "enforce"), Demand(labels, "audit"), Demand(labels, "warn"));

    /// <summary>Adds a fault for each label whose value says nothing.</summary>
    public static void Validate(IReadOnlyDictionary<string, string> labels, FieldErrors errors)
    {
        foreach (var mode in Modes)
        {
            if (labels.TryGetValue(Prefix + mode, out var level) && Level(level) is null)
            {
                errors.Invalid($"metadata.labels[{Prefix}{mode}]", level, "must be one of privileged, baseline, restricted");
            }
            if (labels.TryGetValue(Prefix + mode + VersionSuffix, out var version) && !IsVersion(version))
            {
                errors.Invalid($"metadata.labels[{Prefix}{mode}{VersionSuffix}]", version, "must be \"latest\" or \"v1.x\"");
            }
        }
    }

    private static SecurityDemand Demand(IReadOnlyDictionary<string, string> labels, string mode)
    {
        if (!labels.TryGetValue(Prefix + mode, out var level)) return Nothing;
        var version = labels.TryGetValue(Prefix + mode + VersionSuffix, out var given) && IsVersion(given) ? given : Latest;
        return new(Level(level) ?? SecurityLevel.Restricted, version);
    }

    private static SecurityLevel? Level(string text) => text switch
    {
        "privileged" => SecurityLevel.Privileged,
        "baseline" => SecurityLevel.Baseline,
        "restricted" => SecurityLevel.Restricted,
        _ => null,
    };

    private static bool IsVersion(string text) =>
        text == Latest || (text.StartsWith("v1.", StringComparison.Ordinal) && int.TryParse(text.AsSpan(3), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _));
}
