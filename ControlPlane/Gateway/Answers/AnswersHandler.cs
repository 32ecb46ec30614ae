using System.Collections.Frozen;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Gateway.Answers;

/// <summary>
/// GET and LIST of kinds that are asked, not stored. Such a list comes whole, whatever <c>limit</c> says, and as it is at this moment, whatever version is asked for: there
/// is no other.
/// </summary>
public sealed class AnswersHandler(IEnumerable<IAnsweredObjects> sources, Responses responses)
{
    private readonly FrozenDictionary<GroupResource, IAnsweredObjects> _sources = sources.ToFrozenDictionary(source => source.Resource);

    /// <summary>Answers with one object or those that are selected. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Handle(GatewayRequest request)
    {
        if (!_sources.TryGetValue(request.Kind.GroupResource, out var source)) return new(501, "NotImplemented", $"{request.Kind.Plural} is not served by this control plane yet");
        if (!Selection.TryParse(request, out var selection, out var refusal)) return refusal;
        var isList = request.Info.Verb == "list";

        // Selectors are of lists: one object is meant by its name.
        if (!isList) selection = selection with { Labels = LabelSelector.Everything, Fields = FieldSelector.Everything };
        var found = await source.Select(request, selection);
        if (source.Warning is { } warning) WarningHeaders.Add(request.Http.Response, [warning]);
        if (isList) await responses.List(request, found, 0, null, null);
        else if (found is [var one, ..]) await responses.Object(request, one);
        else return ApiStatus.NotFound(request.Key());
        return null;
    }
}
