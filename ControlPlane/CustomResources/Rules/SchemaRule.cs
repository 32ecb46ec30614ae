using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.CustomResources.Rules;

/// <summary>An entry of <c>x-kubernetes-validations</c>, compiled. Immutable.</summary>
internal sealed class SchemaRule
{
    private static readonly string[] Reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    private readonly string _text;
    private readonly string _message;
    private readonly string _reason;
    private readonly string _fieldPath;
    private readonly CelType _type;
    private readonly CelProgram? _program;
    private readonly CelProgram? _messageProgram;
    private readonly bool _isOptional;

    /// <param name="rule">The entry.</param>
    /// <param name="schema">Of the value it is about.</param>
    /// <param name="isRoot">Whether that is a whole object.</param>
    /// <param name="times">How often the value may be there in one object; null where nothing bounds that.</param>
    /// <param name="path">Where it stands, for the faults.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public SchemaRule(JsonObject rule, Schema schema, bool isRoot, long? times, FieldPath path, FieldErrors errors)
    {
        (_text, _message, _fieldPath, _isOptional) = (rule.Text("rule").Trim(), rule.Text("message").Trim(), rule.Text("fieldPath"), rule.Flag("optionalOldSelf") == true);
        _reason = rule.Text("reason") is { Length: > 0 } reason ? reason : "FieldValueInvalid";
        _type = isRoot ? CelType.OfResource(schema) : CelType.Of(schema);
        if (_text.Length == 0) errors.Required(path.Child("rule"));
        if (_message.Contains('\n', StringComparison.Ordinal)) errors.Invalid(path.Child("message"), _message, "message must not contain line breaks");
        FieldRules.OneOf(rule, "reason", path, errors, Reasons);
        if (_fieldPath.Length > 0 && !LeadsSomewhere(_fieldPath, schema)) errors.Invalid(path.Child("fieldPath"), _fieldPath, "fieldPath must be a valid path to a field of the schema");
        if (_text.Length == 0) return;
        var environment = CelEnvironment.Kubernetes.With("self", _type).With("oldSelf", _isOptional ? CelType.Optional(_type) : _type);
        _program = Compiled(environment, _text, CelType.Bool, _type, times, path.Child("rule"), errors);
        if (_isOptional && _program is not null && !IsTransition) errors.Invalid(path.Child("optionalOldSelf"), true, "may not be set if oldSelf is not used in rule");
        if (rule.Text("messageExpression") is { Length: > 0 } words) _messageProgram = Compiled(environment, words, CelType.String, _type, times, path.Child("messageExpression"), errors);
    }

    /// <summary>Whether it is about a change.</summary>
    private bool IsTransition => _program!.Variables.Contains("oldSelf");

    /// <summary>Adds the fault of a value that does not keep it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="old">What it was; null where it was not there.</param>
    /// <param name="path">Where it stands; null for a whole object.</param>
    /// <param name="budget">What the rules of one object may cost together.</param>
    /// <param name="errors">Takes the fault.</param>
    public void Check(JsonNode value, JsonNode? old, FieldPath? path, CelBudget budget, FieldErrors errors)
    {
        if (_program is null || (IsTransition && !_isOptional && old is null)) return;

        // Nobody has to mend what was there before the rule.
        if (!IsTransition && old is not null && JsonNode.DeepEquals(value, old)) return;
        var values = new CelActivation { ["self"] = CelValue.Of(value, _type) };
        if (_isOptional) values["oldSelf"] = old is null ? CelValue.None : CelValue.Some(CelValue.Of(old, _type));
        else if (old is not null) values["oldSelf"] = CelValue.Of(old, _type);
        var result = _program.Evaluate(values, budget);
        if (result.IsTrue) return;
        var place = (path?.ToString() ?? "") + (path is null ? _fieldPath.TrimStart('.') : _fieldPath);
        if (result.IsOverBudget) errors.Add("FieldValueInvalid", place, Invalid(value, $"{result.Error}: no further validation rules will be run for this object because of the cost of {_text}"));
        else if (result.Error is { } fault) errors.Add("FieldValueInvalid", place, Invalid(value, $"rule evaluation error: {fault} evaluating rule: {_text}"));
        else errors.Add(_reason, place, Worded(value, Message(values, budget)));
    }

    private string Message(CelActivation values, CelBudget budget)
    {
        if (_messageProgram?.Evaluate(values, budget) is { Error: null } told && told.Value.ToString().Trim() is { Length: > 0 } words && !words.Contains('\n', StringComparison.Ordinal)) return words;
        return _message.Length > 0 ? _message : $"failed rule: {_text}";
    }

    private string Worded(JsonNode value, string message) => _reason switch
    {
        "FieldValueRequired" => $"Required value: {message}",
        "FieldValueForbidden" => $"Forbidden: {message}",
        "FieldValueDuplicate" => $"Duplicate value: {Shown(value)}",
        _ => Invalid(value, message),
    };

    private static string Invalid(JsonNode value, string message) => $"Invalid value: {Shown(value)}: {message}";

    private static string Shown(JsonNode value) => value switch
    {
        JsonObject => "\"object\"",
        JsonArray => "\"array\"",
        _ => value.ToJsonString(),
    };

    private static CelProgram? Compiled(CelEnvironment environment, string text, CelType wanted, CelType self, long? times, FieldPath path, FieldErrors errors)
    {
        var compiled = environment.Compile(text);
        if (compiled.Program is not { } program)
        {
            errors.Invalid(path, text, $"compilation failed: {compiled.ErrorText}");
            return null;
        }
        if (!program.ResultType.Equals(wanted) && !program.ResultType.Equals(CelType.Dyn))
        {
            errors.Invalid(path, text, wanted.Equals(CelType.Bool) ? "cel expression must evaluate to a bool" : "must evaluate to a string");
            return null;
        }
        if (CelCosts.Excess(CelCosts.InAll(program.EstimateCost(), self, times), CelCosts.PerRule) is { } excess)
        {
            errors.Forbidden(path, excess);
            return null;
        }
        return program;
    }

    // The part of a JSONPath that upstream takes here: members only.
    private static bool LeadsSomewhere(string path, Schema schema) =>
        path.StartsWith('.') && JsonPath.TryParse(path, out _, out _) && path[1..].Split('.').Aggregate((Schema?)schema, (found, member) => found?.Field(member)?.Schema ?? (found?.Type is SchemaType.Map ? found.Items : null)) is not null;
}
