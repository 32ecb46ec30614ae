using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects.Schemas;

namespace Tests.Unit.Expressions;

/// <summary>Short words to compile and evaluate expressions by.</summary>
internal static class Rule
{
    /// <summary>The value of an expression without variables; what its text lacks is a fault too.</summary>
    public static CelResult Run(string text, CelBudget? budget = null) => Run(CelEnvironment.Kubernetes, text, new(), budget);

    /// <summary>The value of an expression over JSON that is dyn.</summary>
    public static CelResult RunDyn(string text, params (string Variable, string Json)[] variables)
    {
        var (environment, values) = (CelEnvironment.Kubernetes, new CelActivation());
        foreach (var (variable, json) in variables)
        {
            environment = environment.With(variable, CelType.Dyn);
            values[variable] = CelValue.Of(JsonNode.Parse(json), CelType.Dyn);
        }
        return Run(environment, text, values);
    }

    /// <summary>The value of a rule over <c>self</c> of a schema.</summary>
    public static CelResult RunSelf(string text, Schema schema, string json) =>
        Run(CelEnvironment.Kubernetes.With("self", CelType.Of(schema)), text, new() { ["self"] = CelValue.Of(JsonNode.Parse(json), CelType.Of(schema)) });

    public static CelResult Run(CelEnvironment environment, string text, CelActivation values, CelBudget? budget = null)
    {
        var compiled = environment.Compile(text);
        return compiled.Program?.Evaluate(values, budget ?? new()) ?? throw new InvalidOperationException(compiled.ErrorText);
    }

    /// <summary>The errors of a text, as people see them.</summary>
    public static string Errors(string text, params (string Name, CelType Type)[] variables) =>
        variables.Aggregate(CelEnvironment.Kubernetes, (environment, variable) => environment.With(variable.Name, variable.Type)).Compile(text).ErrorText;

    public static Schema Object(params (string Name, Schema Schema)[] fields) =>
        new(SchemaType.Object, fields: () => [.. fields.OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => new SchemaField(field.Name, field.Schema, false, FieldSemantic.None))]);

    public static Schema List(Schema items, string? listType = null, string[]? keys = null, long? most = null) =>
        new(SchemaType.Array, items, semantic: () => FieldSemantic.None with { ListType = listType, ListMapKeys = [.. keys ?? []] })
        {
            Constraints = most is null ? null : new() { MaxItems = most },
        };

    public static Schema Text(long? most = null) => new(SchemaType.String) { Constraints = most is null ? null : new() { MaxLength = most } };
}
