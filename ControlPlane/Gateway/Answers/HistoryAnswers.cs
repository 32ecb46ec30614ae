using ControlPlane.Access;
using ControlPlane.History;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway.Answers;

/// <summary>
/// The versions of objects that the journal knows, oldest first, those of deleted objects too; of a namespace the last <see cref="Most"/>. Only those of objects that the
/// requester may read: who may not get Secrets sees nothing of them here.
/// </summary>
/// <param name="kind">Which of <see cref="HistoryKinds"/>.</param>
public sealed class HistoryAnswers(KindDefinition kind, JournalReader journal, IAuthorizer authorizer) : IAnsweredObjects
{
    private const int Most = 500;

    /// <inheritdoc/>
    public GroupResource Resource => kind.GroupResource;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredObject>> Select(GatewayRequest request, Selection selection)
    {
        if (selection.ExactName is { Length: > 0 } exact) return await One(request, selection, exact);
        var events = selection.Fields.Required(ObjectVersion.ResourceField) is { } resource && selection.Fields.Required(ObjectVersion.NameField) is { } name && HasOnePlace(selection)
            ? await journal.History(KeyOf(GroupResource.Parse(resource), selection, name), Most)
            : await journal.History(!kind.Namespaced ? "" : selection.Namespace is { Length: > 0 } one ? one : null, Most);
        var (before, may) = (new Dictionary<string, CommittedEvent>(StringComparer.Ordinal), new Dictionary<ObjectKey, bool>());
        var found = new List<StoredObject>();
        foreach (var @event in events)
        {
            var (key, known) = (@event.Event.Key, before.GetValueOrDefault(@event.PersistenceId));
            before[@event.PersistenceId] = @event;
            if (key.Namespace.Length > 0 != kind.Namespaced) continue;
            if (!may.TryGetValue(key, out var allowed)) may[key] = allowed = MayRead(request, key);
            if (allowed && ObjectVersion.Of(kind, @event, known, whole: false) is var version && selection.Matches(version)) found.Add(version);
        }
        return found;
    }

    private async Task<IReadOnlyList<StoredObject>> One(GatewayRequest request, Selection selection, string exact)
    {
        if (!ObjectVersion.TryReadName(exact, out var resource, out var name, out var revision) || !HasOnePlace(selection)) return [];
        var key = KeyOf(resource.Value, selection, name);
        if (!MayRead(request, key)) return [];
        return await journal.At(key, revision) is ({ } @event, var before) ? [ObjectVersion.Of(kind, @event, before, whole: true)] : [];
    }

    private bool HasOnePlace(Selection selection) => !kind.Namespaced || selection.Namespace.Length > 0;

    private ObjectKey KeyOf(GroupResource resource, Selection selection, string name) => new(resource.Group, resource.Resource, kind.Namespaced ? selection.Namespace : "", name);

    private bool MayRead(GatewayRequest request, ObjectKey key) =>
        request.Catalogue.FindStored(key.GroupResource) is { Internal: false } stored
        && authorizer.Judge(request.User, new() { Path = "", Verb = "get", Group = key.Group, Version = stored.Version, Resource = key.Resource, Namespace = key.Namespace, Name = key.Name }).Allowed;
}
