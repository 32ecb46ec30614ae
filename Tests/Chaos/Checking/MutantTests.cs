using System.Reflection;
using Xunit;

namespace Tests.Chaos.Checking;

/// <summary>What the checker must find: each good run that is spoiled in one way breaks the rule that speaks of it.</summary>
public sealed class MutantTests
{
    private const int Wanted = 25;
    private const int Runs = 400;
    private static readonly Mutant[] All = [.. JournalMutants.All, .. OperationMutants.All, .. WatchMutants.All];

    public static TheoryData<string> Names => new(All.Select(mutant => mutant.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Spoiled_run_breaks_the_rule(string name)
    {
        var mutant = All.Single(each => each.Name == name);
        var spoiled = 0;
        for (var seed = 0; seed < Runs && spoiled < Wanted; seed++)
        {
            if (mutant.Spoil(SimulatedCluster.Run(seed), new(seed)) is not { } run) continue;
            spoiled++;
            var violations = run.Check();
            Assert.True(violations.Any(violation => violation.Rule == mutant.Rule), $"Seed {seed} is not found to break '{mutant.Rule}', only:\n{string.Join('\n', violations)}");
        }
        Assert.Equal(Wanted, spoiled);
    }

    [Fact]
    public void A_refused_write_that_is_stored_is_found_and_nothing_else_blamed()
    {
        var mutant = All.Single(each => each.Name == "refused write stored");
        Assert.All(Enumerable.Range(0, Wanted), seed => Assert.Equal(WriteRule.Refused, Assert.Single(mutant.Spoil(SimulatedCluster.Run(seed), new(seed))!.Check()).Rule));
    }

    [Fact]
    public void Each_rule_has_a_mutant()
    {
        Type[] rules = [typeof(RevisionRule), typeof(WriteRule), typeof(ShownRule), typeof(OrderRule), typeof(WatchRule)];
        var names = rules.SelectMany(rule => rule.GetFields(BindingFlags.Public | BindingFlags.Static)).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Empty(names.Except(All.Select(mutant => mutant.Rule)));
    }
}
