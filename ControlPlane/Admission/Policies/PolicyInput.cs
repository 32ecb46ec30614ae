using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects;

namespace ControlPlane.Admission.Policies;

/// <summary>What policies see of one write, as of one version of its kind. For one thread, and only until the write goes on: the objects are the write's own.</summary>
/// <param name="question">The write as a webhook would be asked about it.</param>
/// <param name="place">The namespace of what is written; null for what is in none.</param>
/// <param name="authorizer">Answers what expressions ask of the user.</param>
internal sealed class PolicyInput(WebhookQuestion question, StoredObject? place, IAuthorizer authorizer)
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
                    values[name] = CelValue.Of(Asked(), question.ResourceCheck());
                    break;
            }
        }
        return values;
    }

    private RequestAuthorizer Asked() => _authorizer ??= new(authorizer, question.User);
}
