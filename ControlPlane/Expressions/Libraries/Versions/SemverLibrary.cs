using ControlPlane.Expressions.Costs;

namespace ControlPlane.Expressions.Libraries.Versions;

/// <summary>Kubernetes' functions of versions.</summary>
internal static class SemverLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Type(SemverValue.Name);
        table.Add(
            "isSemver(string): bool",
            static arguments => CelValue.Of(SemverValue.Read(arguments[0].Text, normalize: false) is not null),
            CostRules.Text);
        table.Add(
            "isSemver(string, bool): bool",
            static arguments => CelValue.Of(SemverValue.Read(arguments[0].Text, arguments[1].IsTrue) is not null),
            CostRules.Text);
        table.Add(
            "semver(string): kubernetes.Semver",
            static arguments => Read(arguments[0].Text, normalize: false),
            CostRules.Text,
            CostRules.NoSize);
        table.Add(
            "semver(string, bool): kubernetes.Semver",
            static arguments => Read(arguments[0].Text, arguments[1].IsTrue),
            CostRules.Text,
            CostRules.NoSize);
        table.Add("(kubernetes.Semver).major(): int", static arguments => Number(Version(arguments[0]).Major));
        table.Add("(kubernetes.Semver).minor(): int", static arguments => Number(Version(arguments[0]).Minor));
        table.Add("(kubernetes.Semver).patch(): int", static arguments => Number(Version(arguments[0]).Patch));
        table.Add("(kubernetes.Semver).isLessThan(kubernetes.Semver): bool", static arguments => CelValue.Of(Compare(arguments) < 0));
        table.Add("(kubernetes.Semver).isGreaterThan(kubernetes.Semver): bool", static arguments => CelValue.Of(Compare(arguments) > 0));
        table.Add("(kubernetes.Semver).compareTo(kubernetes.Semver): int", static arguments => CelValue.Of((long)Compare(arguments)));
    }

    private static CelValue Read(string text, bool normalize) =>
        SemverValue.Read(text, normalize) is { } version ? CelValue.Of(version) : CelValue.Fault($"version parse error during conversion from string: {text}");

    private static CelValue Number(ulong number) => number <= long.MaxValue ? CelValue.Of((long)number) : CelValue.Fault("integer overflow: out of range");

    private static SemverValue Version(CelValue value) => (SemverValue)value.Opaque;

    private static int Compare(ReadOnlySpan<CelValue> arguments) => Math.Sign(Version(arguments[0]).CompareTo(Version(arguments[1])));
}
