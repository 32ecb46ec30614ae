namespace Tests.Chaos.Checking;

/// <summary>One way in which a good run is spoiled, and the rule that must notice it. Null where a run has nothing to spoil in this way.</summary>
internal sealed record Mutant(string Name, string Rule, Func<ChaosRun, Random, ChaosRun?> Spoil)
{
    public override string ToString() => Name;
}
