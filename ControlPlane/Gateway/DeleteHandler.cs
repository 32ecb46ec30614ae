using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>DELETE of one object and of a collection. A rejection is returned; null means the answer was written.</summary>
public sealed class DeleteHandler(WatchCache cache, JournalReader journal, ObjectClient objects, Responses responses)
{
    private const int CollectionInFlight = 64;

    /// <summary>Deletes the named object: answers with what remains of it while it is held, or with Success once it is gone.</summary>
    public async Task<ApiStatus?> Delete(GatewayRequest request)
    {
        var (options, refusal) = await Options(request);
        if (refusal is not null) return refusal;
        var result = await objects.Send(Command(request, request.Key(), options!));
        request.Tell(result.Notes);
        if (result is not ObjectAccepted accepted) return ((ObjectRejected)result).Status;
        if (!accepted.Deleted || request.Kind.Kind == "Pod") await responses.Object(request, accepted.Object);
        else await Responses.Bytes(request.Http, ObjectJson.ToUtf8(Success(request.Kind, accepted.Object)));
        return null;
    }

    /// <summary>Deletes everything the selectors match; answers with the list of it.</summary>
    public async Task<ApiStatus?> DeleteCollection(GatewayRequest request)
    {
        var (options, refusal) = await Options(request);
        if (refusal is not null) return refusal;
        if (!Selection.TryParse(request, out var selection, out refusal)) return refusal;
        if (await ReadVersion.Newest.Wait(cache, journal, request.Http.RequestAborted) is { } behind) return behind;
        var matching = cache.List(request.Kind.Storage).Objects.Where(selection.Matches).ToArray();
        ApiStatus? failure = null;
        var notes = new ConcurrentQueue<WriteNotes>();
        await Parallel.ForEachAsync(matching, new ParallelOptions { MaxDegreeOfParallelism = CollectionInFlight }, async (found, _) =>
        {
            var command = Command(request, found.Key, options!) with { Preconditions = new(found.Uid) };
            var result = await objects.Send(command);
            if (result.Notes is { } told) notes.Enqueue(told);
            if (result is ObjectRejected { Status: { Reason: not ("NotFound" or "Conflict") } status }) failure = status;
        });
        request.Tell(notes.Aggregate((WriteNotes?)null, WriteNotes.Join));
        if (failure is not null) return failure;
        await responses.List(request, matching, cache.Revision, null, null);
        return null;
    }

    /// <summary>The delete that an Eviction object asks for.</summary>
    public static (DeleteObject? Command, ApiStatus? Refusal) Eviction(GatewayRequest request, JsonObject body)
    {
        var options = body.Child("deleteOptions") ?? [];
        return CheckDryRun(options) is { } refusal ? (null, refusal) : (Command(request, request.Key(), options) with { Subresource = "eviction" }, null);
    }

    private static DeleteObject Command(GatewayRequest request, ObjectKey key, JsonObject options)
    {
        var propagation = options.Text("propagationPolicy") switch
        {
            "Foreground" => Propagation.Foreground,
            "Orphan" => Propagation.Orphan,
            _ when options.Flag("orphanDependents") == true => Propagation.Orphan,
            _ => Propagation.Background,
        };
        var asked = options.Child("preconditions");
        return new(key, options.Number("gracePeriodSeconds"), propagation, request.Requester())
        {
            DryRun = request.DryRun || options.HasElements("dryRun"),
            Preconditions = new(
                asked.Text("uid") is { Length: > 0 } uid ? uid : null,
                long.TryParse(asked.Text("resourceVersion"), out var version) ? version : null),
        };
    }

    private static async Task<(JsonObject? Options, ApiStatus? Refusal)> Options(GatewayRequest request)
    {
        JsonObject? options = [];
        if (request.Http.Request.ContentLength is not (null or 0) || request.Http.Request.Headers.TransferEncoding.Count > 0)
        {
            ApiStatus? refusal;
            (options, refusal) = await WriteHandler.Decode(request, RequestBodies.DeleteOptions);
            if (refusal is not null) return (null, refusal);
        }
        if (CheckDryRun(options!) is { } noDryRun) return (null, noDryRun);
        if (request.Query["gracePeriodSeconds"] is [{ Length: > 0 } grace, ..])
        {
            if (!long.TryParse(grace, out var seconds)) return (null, ApiStatus.BadRequest($"invalid gracePeriodSeconds \"{grace}\": must be an integer"));
            options!["gracePeriodSeconds"] = seconds;
        }
        if (request.Query["propagationPolicy"] is [{ Length: > 0 } propagation, ..]) options!["propagationPolicy"] = propagation;
        if (options!.Text("propagationPolicy") is not ("" or "Background" or "Foreground" or "Orphan") and var policy)
        {
            return (null, ApiStatus.Invalid("meta.k8s.io", "DeleteOptions", "",
                [new("FieldValueNotSupported", $"Unsupported value: \"{policy}\": supported values: \"Background\", \"Foreground\", \"Orphan\"", "propagationPolicy")]));
        }
        return (options, null);
    }

    private static ApiStatus? CheckDryRun(JsonObject options) =>
        WriteOptions.CheckDryRun("delete", options.Items("dryRun").Select(value => value.TextOf()));

    private static JsonObject Success(KindDefinition kind, StoredObject deleted)
    {
        var details = new JsonObject { ["name"] = deleted.Key.Name };
        if (kind.Group.Length > 0) details["group"] = kind.Group;
        details["kind"] = kind.Plural;
        details["uid"] = deleted.Uid;
        return new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }
}
