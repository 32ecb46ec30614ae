using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects;

namespace ControlPlane.Admission.Policies;

/// <summary>What policies see of one write, as of one version of its kind. For one thread, and only until the write goes on: the objects are the write's own.</summary>
/// <param name="write">The write.</param>
/// <param name="question">The write as a webhook would be asked about it.</param>
/// <param name="place">The namespace of what is written; null for what is in none.</param>
/// <param name="authorizer">Answers what expressions ask of the user.</param>
internal sealed class PolicyInput(PendingWrite write, WebhookQuestion question, StoredObject? place, IAuthorizer authorizer)
{
    private JsonObject? _request;
    private RequestAuthorizer? _authorizer;

    /// <summary>The values of these variables.</summary>
    /// <param name="uses">The names of those that are used: only what is used is made.</param>
    /// <param name="param">The value of <c>params</c>.</param>
    public CelActivation Values(IEnumerable<string> uses, JsonObject? param)
    {
        var values = new CelActivation();
        foreach (var name in uses)
        {
            switch (name)
            {
                case "object":
                    values[name] = CelValue.Of(question.Object, CelType.Dyn);
                    break;
                case "oldObject":
                    values[name] = CelValue.Of(question.OldObject, CelType.Dyn);
                    break;
                case "request":
                    values[name] = CelValue.Of(_request ??= question.Request(), PolicyLanguage.Request);
                    break;
                case "namespaceObject":
                    values[name] = CelValue.Of(place?.Project(static one => new SharedTree(one.ToJsonObject())).Tree, PolicyLanguage.Namespace);
                    break;
                case PolicyLanguage.Params:
                    values[name] = CelValue.Of(param, CelType.Dyn);
                    break;
                case PolicyLanguage.Authorizer:
                    values[name] = CelValue.Of(Asked());
                    break;
                case PolicyLanguage.RequestResource:
                    values[name] = CelValue.Of(Asked(), Resource());
                    break;
            }
        }
        return values;
    }

    private RequestAuthorizer Asked() => _authorizer ??= new(authorizer, new(write.Command.By.User, write.Command.By.Groups));

    private CelAuthorizationCheck Resource()
    {
        var (key, kind) = (write.Command.Key, question.Spoken);
        return CelAuthorizationCheck.Nothing with
        {
            Group = kind.Group,
            Resource = kind.Plural,
            Subresource = write.Subresource,
            Namespace = write.Kind is { Group: "", Plural: "namespaces" } ? key.Name : key.Namespace,
            Name = key.Name,
        };
    }
}

/// <summary>Answers what expressions ask of <c>authorizer</c> by what the roles say. Selectors of a check ask for no less than the whole.</summary>
/// <param name="authorizer">Decides.</param>
/// <param name="user">Who is asked about where a check names no service account.</param>
internal sealed class RequestAuthorizer(IAuthorizer authorizer, UserInfo user) : ICelAuthorizer
{
    /// <inheritdoc/>
    public CelAuthorizationDecision Check(CelAuthorizationCheck check)
    {
        var asks = check.User is not { } other ? user : UserInfo.ServiceAccountOf(other) is var (place, name) ? UserInfo.ServiceAccount(place, name) : new(other, []);
        var verdict = authorizer.Judge(asks, new()
        {
            Path = check.Path ?? "",
            Verb = check.Verb,
            Group = check.Group,
            Version = check.Path is null ? "*" : "",
            Resource = check.Resource,
            Subresource = check.Subresource,
            Namespace = check.Namespace,
            Name = check.Name,
        });
        return new(verdict.Allowed, verdict.Reason);
    }
}
