using System.Collections.Frozen;
using System.Collections.Immutable;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Admission.Policies;

/// <summary>
/// The expressions of one policy, compiled in their order: a variable can be used by all that follows it. What may be used where is as in Kubernetes: <c>object</c>, <c>oldObject</c>,
/// <c>request</c> and <c>namespaceObject</c> everywhere, <c>params</c> in a policy that has a paramKind, <c>authorizer</c> everywhere but in messages, <c>variables</c> everywhere but in match conditions; the messages that
/// change objects are made by mutations only.
/// </summary>
internal sealed class PolicyLanguage
{
    public const string Params = "params", Variables = "variables", Authorizer = "authorizer", RequestResource = "authorizer.requestResource";
    private static readonly CelType Words = CelType.List(CelType.String);
    private static readonly CelType Texts = CelType.Map(CelType.String, CelType.String);
    private static readonly CelEnvironment Plain = CelEnvironment.Kubernetes.With("request", RequestType()).With("namespaceObject", NamespaceType());
    private readonly Dictionary<string, CelField> _variables = [];
    private readonly CelEnvironment _conditions;
    private readonly CelEnvironment _expressions;
    private readonly CelEnvironment _messages;
    private readonly CelEnvironment _mutations;

    /// <param name="hasParams">Whether the policy has a paramKind.</param>
    /// <param name="objects">Of the objects; null where they may be anything, as when expressions run.</param>
    /// <param name="parameters">Of the parameters; null as well.</param>
    public PolicyLanguage(bool hasParams, CelType? objects = null, CelType? parameters = null)
    {
        var plain = Plain.With("object", objects ?? CelType.Dyn).With("oldObject", objects ?? CelType.Dyn);
        if (hasParams) plain = plain.With(Params, parameters ?? CelType.Dyn);
        VariablesType = CelType.Object("kubernetes.variables", name => _variables.GetValueOrDefault(name));
        _conditions = plain.With(Authorizer, CelType.Authorizer).With(RequestResource, CelType.ResourceCheck);
        _expressions = _conditions.With(Variables, VariablesType);
        _messages = plain.With(Variables, VariablesType);
        _mutations = _expressions.WithMessages(MutationMessages.Instance);
    }

    /// <summary>Of <c>request</c>.</summary>
    public static CelType Request => Plain.Variable("request")!;

    /// <summary>Of <c>namespaceObject</c>.</summary>
    public static CelType Namespace => Plain.Variable("namespaceObject")!;

    /// <summary>Of <c>variables</c>.</summary>
    public CelType VariablesType { get; }

    /// <summary>A match condition.</summary>
    public PolicyExpression Condition(string text) => Compiled(_conditions, text, CelType.Bool);

    /// <summary>A variable, which what is compiled from now on may use.</summary>
    public PolicyExpression Variable(string name, string text)
    {
        var made = Compiled(_expressions, text, null);
        _variables[name] = new(name, made.Program?.ResultType ?? CelType.Dyn);
        return made;
    }

    /// <summary>What must be true.</summary>
    public PolicyExpression Validation(string text) => Compiled(_expressions, text, CelType.Bool);

    /// <summary>What makes a message.</summary>
    public PolicyExpression Message(string text) => Compiled(_messages, text, CelType.String);

    /// <summary>What says what is applied: an <c>Object</c>.</summary>
    public PolicyExpression Configuration(string text) => Compiled(_mutations, text, MutationMessages.Configuration);

    /// <summary>What makes a patch: a list of <c>JSONPatch</c>.</summary>
    public PolicyExpression Patch(string text) => Compiled(_mutations, text, MutationMessages.Operations);

    /// <summary>What makes an annotation of the audit log: text, or null for none.</summary>
    public PolicyExpression Annotation(string text)
    {
        var made = Compiled(_expressions, text, null);
        return made.Program is null || made.Program.ResultType.Equals(CelType.String) || made.Program.ResultType.Equals(CelType.Null)
            ? made
            : new(text, null, $"must evaluate to one of [{CelType.String} {CelType.Null}] but got {made.Program.ResultType}");
    }

    /// <summary>The faults of an expression, whatever it comes to; null for none.</summary>
    public string? Faults(string text) => _expressions.Compile(text) is { Program: null } compiled ? compiled.ErrorText : null;

    private static PolicyExpression Compiled(CelEnvironment environment, string text, CelType? wanted)
    {
        var compiled = environment.Compile(text);
        if (compiled.Program is not { } program) return new(text, null, $"compilation failed: {compiled.ErrorText}");
        return wanted is null || program.ResultType.Equals(wanted) ? new(text, program, null) : new(text, null, $"must evaluate to {wanted} but got {program.ResultType}");
    }

    private static CelType RequestType()
    {
        var kind = Struct("kubernetes.GroupVersionKind", ("group", CelType.String), ("version", CelType.String), ("kind", CelType.String));
        var resource = Struct("kubernetes.GroupVersionResource", ("group", CelType.String), ("version", CelType.String), ("resource", CelType.String));
        var user = Struct("kubernetes.UserInfo", ("username", CelType.String), ("uid", CelType.String), ("groups", Words), ("extra", CelType.Map(CelType.String, Words)));
        return Struct(
            "kubernetes.AdmissionRequest", ("kind", kind), ("resource", resource), ("subResource", CelType.String), ("requestKind", kind), ("requestResource", resource), ("requestSubResource", CelType.String),
            ("name", CelType.String), ("namespace", CelType.String), ("operation", CelType.String), ("userInfo", user), ("dryRun", CelType.Bool), ("options", CelType.Dyn));
    }

    private static CelType NamespaceType()
    {
        var metadata = Struct(
            "kubernetes.NamespaceMetadata", ("name", CelType.String), ("generateName", CelType.String), ("namespace", CelType.String), ("labels", Texts), ("annotations", Texts), ("uid", CelType.String),
            ("creationTimestamp", CelType.Timestamp), ("deletionGracePeriodSeconds", CelType.Int), ("deletionTimestamp", CelType.Timestamp), ("generation", CelType.Int), ("resourceVersion", CelType.String), ("finalizers", Words));
        var condition = Struct("kubernetes.NamespaceCondition", ("status", CelType.String), ("type", CelType.String), ("lastTransitionTime", CelType.Timestamp), ("message", CelType.String), ("reason", CelType.String));
        return Struct(
            "kubernetes.Namespace", ("metadata", metadata), ("spec", Struct("kubernetes.NamespaceSpec", ("finalizers", Words))),
            ("status", Struct("kubernetes.NamespaceStatus", ("conditions", CelType.List(condition)), ("phase", CelType.String))));
    }

    private static CelType Struct(string name, params ImmutableArray<(string Name, CelType Type)> fields)
    {
        var known = fields.ToFrozenDictionary(field => field.Name, field => new CelField(field.Name, field.Type));
        return CelType.Object(name, field => known.GetValueOrDefault(field));
    }
}
