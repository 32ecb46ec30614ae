using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects.Schemas;
using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>What evaluations may cost. Without the budget the first of these would take days.</summary>
public sealed class BudgetTests
{
    private const string OverBudget = "operation cancelled: actual cost limit exceeded";
    private static readonly CelEnvironment Numbers = CelEnvironment.Kubernetes.With("x", CelType.List(CelType.Int));

    [Theory]
    [InlineData("x.all(a, x.all(b, x.all(c, a + b + c >= 0)))")]
    [InlineData("x.all(a, x.all(b, x.all(c, a + b + c >= 0))) || true")]
    [InlineData("true && (x.exists(a, x.exists(b, x.exists(c, a + b + c < 0))) || !false)")]
    [InlineData("x.map(a, x.map(b, x.map(c, a))).size() > 0 || true")]
    [InlineData("x.exists(a, x.filter(b, x.filter(c, x == x).size() > 0).size() < 0) ? true : true")]
    public void An_evaluation_that_costs_too_much_ends_and_nothing_in_it_can_hide_that(string expression)
    {
        var budget = new CelBudget();
        var result = Rule.Run(Numbers, expression, Values(5000), budget);
        Assert.True(result.IsOverBudget);
        Assert.Equal(OverBudget, result.Error);
        Assert.True(budget.Used >= CelBudget.PerCall);
    }

    [Fact]
    public void Evaluations_share_a_budget()
    {
        var budget = new CelBudget(total: 120);
        var program = Numbers.Compile("x.all(a, a >= 0)").Program!;
        Assert.True(program.Evaluate(Values(10), budget).IsTrue);
        Assert.InRange(budget.Used, 40, 60);
        Assert.True(program.Evaluate(Values(10), budget).IsTrue);
        Assert.True(program.Evaluate(Values(10), budget).IsOverBudget);
        Assert.True(budget.IsSpent);
    }

    [Fact]
    public void An_evaluation_ends_when_it_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => Rule.Run(Numbers, "x.all(a, a >= 0) || true", Values(5000), new(cancellation: cancelled.Token)));
    }

    [Theory]
    [InlineData("cel.bind(a, 'xxxxxxxxxxxxxxxx', REPEAT)", "a + a")]
    [InlineData("cel.bind(a, [1, 2, 3, 4], REPEAT)", "a + a")]
    [InlineData("cel.bind(a, [dyn(1)], REPEAT)", "[dyn(a), dyn(a)]")]
    [InlineData("cel.bind(a, 'aaaa', REPEAT)", "a.replace('a', 'aaaaaaaa')")]
    public void What_doubles_at_every_step_stays_within_bounds(string frame, string step)
    {
        var body = "a == a && string(size(dyn(a))) != '%s'.format([a])";
        for (var at = 0; at < 60; at++) body = $"cel.bind(a, {step}, {body})";
        var result = Rule.Run(frame.Replace("REPEAT", body, StringComparison.Ordinal));
        Assert.NotNull(result.Error);
    }

    [Theory]
    [InlineData("self.name == 'x'", 2, 8)]
    [InlineData("self.items.all(i, i.startsWith('x'))", 100, 1500)]
    [InlineData("self.items.all(i, self.items.all(j, i != j || i == j))", 5000, 200_000)]
    public void The_estimate_follows_the_bounds_of_the_schema(string rule, long least, long most)
    {
        var schema = Rule.Object(("name", Rule.Text(10)), ("items", Rule.List(Rule.Text(10), most: 100)));
        var program = CelEnvironment.Kubernetes.With("self", CelType.Of(schema)).Compile(rule).Program!;
        Assert.InRange(program.EstimateCost(), least, most);
        var json = new JsonObject { ["name"] = "x", ["items"] = new JsonArray([.. Enumerable.Range(0, 100).Select(_ => JsonValue.Create("xaaaaaaaaa"))]) };
        var result = program.Evaluate(new() { ["self"] = CelValue.Of(json, CelType.Of(schema)) }, new());
        Assert.Null(result.Error);
        Assert.True(result.Cost <= program.EstimateCost(), $"{result.Cost} is more than the estimate of {program.EstimateCost()}");
    }

    [Fact]
    public void A_rule_over_unbounded_lists_costs_too_much_before_it_ever_runs()
    {
        var schema = Rule.Object(("items", Rule.List(Rule.Text())));
        var program = CelEnvironment.Kubernetes.With("self", CelType.Of(schema)).Compile("self.items.all(i, self.items.all(j, i == j))").Program!;
        Assert.Equal(
            "estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
            CelCosts.Excess(program.EstimateCost(), CelCosts.PerRule));
        Assert.Contains("factor of 2.5x", CelCosts.Excess(25_000_000, CelCosts.PerRule), StringComparison.Ordinal);
        Assert.Null(CelCosts.Excess(10_000_000, CelCosts.PerRule));
        Assert.Equal(21, CelCosts.Below(CelType.Of(Rule.List(new(SchemaType.Boolean), most: 7)), 3));
        Assert.Null(CelCosts.Below(CelType.Of(Rule.List(new(SchemaType.Boolean))), 3));
        Assert.Null(CelCosts.Below(CelType.Of(Rule.List(new(SchemaType.Boolean), most: 7)), null));

        // As many as fit into a request: of the smallest objects, half as many as it has bytes.
        Assert.Equal(10, CelCosts.InAll(5, CelType.Of(Rule.Object()), 2));
        Assert.Equal(5L * 3 * 1024 * 1024 / 2, CelCosts.InAll(5, CelType.Of(Rule.Object()), null));
    }

    private static CelActivation Values(int count) =>
        new() { ["x"] = CelValue.Of(new JsonArray([.. Enumerable.Range(0, count).Select(number => JsonValue.Create(number))]), CelType.List(CelType.Int)) };
}
