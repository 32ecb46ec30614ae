using System.Text.Json;
using ControlPlane.Workloads.Deployments;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class RolloutBudgetTests
{
    [Theory]
    [InlineData(10, "\"25%\"", "\"25%\"", 3, 2)]
    [InlineData(3, "\"25%\"", "\"25%\"", 1, 0)]
    [InlineData(1, "0", "0", 0, 1)]
    [InlineData(4, "\"0%\"", "\"10%\"", 0, 1)]
    [InlineData(5, "2", "1", 2, 1)]
    [InlineData(2, "1", "5", 1, 2)]
    [InlineData(0, "1", "1", 1, 0)]
    [InlineData(10, "\"100%\"", "\"100%\"", 10, 10)]
    public void Budget_values_are_resolved_as_documented(int replicas, string surge, string unavailable, int maxSurge, int maxUnavailable)
    {
        var budget = RolloutBudget.Of(replicas, rolling: true, JsonDocument.Parse(surge).RootElement, JsonDocument.Parse(unavailable).RootElement);
        Assert.Equal((maxSurge, maxUnavailable), (budget.MaxSurge, budget.MaxUnavailable));
        Assert.Equal((replicas + maxSurge, replicas - maxUnavailable), (budget.MaxTotal, budget.MinAvailable));
    }

    [Fact]
    public void Budget_absent_values_are_a_quarter()
    {
        var budget = RolloutBudget.Of(8, rolling: true, default, default);
        Assert.Equal((2, 2), (budget.MaxSurge, budget.MaxUnavailable));
    }

    [Fact]
    public void Budget_of_recreate_is_empty()
    {
        var budget = RolloutBudget.Of(8, rolling: false, default, default);
        Assert.Equal((8, 8), (budget.MaxTotal, budget.MinAvailable));
    }
}
