using ControlPlane.Access;
using ControlPlane.Audit;
using ControlPlane.Catalogue;
using ControlPlane.Gateway.Answers;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Microsoft.AspNetCore.Authentication;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>The handlers behind the pipeline.</summary>
public sealed record GatewayHandlers(
    ReadHandler Reads, WatchHandler Watches, WriteHandler Writes, DeleteHandler Deletes, EvictionHandler Evictions, ScaleHandler Scales, BindingHandler Bindings, LogHandler Logs, TokenHandler Tokens, InfoHandler Info,
    AnswersHandler Answers, KeysHandler Keys, JoinHandler Joins);

/// <summary>
/// The way of every request: authenticate, read what it is about, authorise, wait for its turn, find the kind and the form of the answer, handle. Whatever is refused on the
/// way is answered as a <c>Status</c> here, in one place.
/// </summary>
public sealed partial class GatewayPipeline(KindCatalogue catalogue, IAuthorizer authorizer, PriorityAndFairness flow, Readiness readiness, GatewayHandlers handlers, ILogger<GatewayPipeline> logger, TimeProvider time, AuditLog? audit = null)
{
    /// <summary>Answers a request. Faults of the client and of the program become a Status; nothing is thrown but for a response that has begun.</summary>
    public async Task Handle(HttpContext http)
    {
        // Whoever comes again makes a new connection, and the balancer leads it elsewhere.
        if (readiness.IsEnding) http.Connection.RequestClose();
        var record = audit is null ? null : AuditRecord.Begin(audit, http, time);
        ApiStatus? refusal = null;
        try
        {
            refusal = await Answer(http);
            if (refusal is not null) await Responses.Reject(http, refusal);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException bad)
        {
            if (!http.Response.HasStarted) await Responses.Reject(http, bad.StatusCode == 413 ? ApiStatus.TooLarge(bad.Message) : ApiStatus.BadRequest(bad.Message));
        }
        catch (VersionConversionException fault) when (!http.Response.HasStarted)
        {
            await Responses.Reject(http, ApiStatus.InternalError(fault.Message));
        }
        catch (Exception fault) when (!http.Response.HasStarted && fault is not OutOfMemoryException)
        {
            LogFault(logger, fault, http.Request.Method, http.Request.Path);
            await Responses.Reject(http, ApiStatus.InternalError($"an error on the server has prevented the request from succeeding ({fault.GetType().Name})"));
        }
        finally
        {
            record?.Completed(refusal);
        }
    }

    private async Task<ApiStatus?> Answer(HttpContext http)
    {
        if (JoinHandler.Serves(http.Request.Path))
        {
            return readiness.Missing is { } needed ? ApiStatus.ServiceUnavailable($"the control plane is starting: it waits for {needed}") : await handlers.Joins.Handle(http);
        }
        var authentication = await http.AuthenticateAsync();
        if (CredentialAuthenticationHandler.UserOf(authentication) is not { } asks) return ApiStatus.Unauthorized();
        var watch = http.Request.Query["watch"] is ["true" or "1", ..];
        var info = RequestInfo.Parse(http.Request.Method, http.Request.Path.Value ?? "/", watch);
        var (user, notAllowed) = Impersonation.Apply(asks, http.Request.Headers, authorizer);
        var verdict = notAllowed is null ? authorizer.Judge(user, Narrowed(info, http.Request.Query)) : Verdict.Refuse;
        AuditRecord.Of(http)?.Judged(asks, user, info, verdict);
        if (notAllowed is not null) return notAllowed;
        if (!verdict.Allowed) return AccessRefusal.Of(user, info);
        var (seat, tooMany) = await flow.Enter(http, user, info);
        using var given = seat;
        if (tooMany is not null) return tooMany;
        var snapshot = catalogue.Current;
        if (info.Resource.Length == 0 && !KeysHandler.Serves(info)) return await handlers.Info.Handle(http, info, snapshot);
        if (readiness.Missing is { } missing) return ApiStatus.ServiceUnavailable($"the control plane is starting: it waits for {missing}");
        if (KeysHandler.Serves(info)) return await handlers.Keys.Handle(http, info);
        if (snapshot.Find(info.Group, info.Version, info.Resource) is not { } kind) return ApiStatus.NoSuchPath();
        if (OutputForm.Negotiate(http.Request.Headers.Accept, out var notAcceptable) is not { } form) return notAcceptable;
        if (!HasPath(kind, info)) return ApiStatus.NoSuchPath();
        var request = new GatewayRequest(http, info, snapshot, kind, user, form) { Seat = seat };
        if (kind.DeprecationWarning.Length > 0) WarningHeaders.Add(http.Response, [kind.DeprecationWarning]);
        if (WriteOptions.CheckDryRun(info.Verb, request.Query["dryRun"]) is { } noDryRun) return noDryRun;
        if (WriteOptions.CheckManager(info.Verb, request.Query["fieldManager"]) is { } noManager) return noManager;
        if (info.Subresource.Length > 0) return await Subresource(request);
        if (!kind.Verbs.Contains(info.Verb) || !TakesVerb(kind, info)) return NotAllowed();
        if (!kind.Stored) return info.Verb == "create" ? await handlers.Info.Review(request) : await handlers.Answers.Handle(request);
        return info.Verb switch
        {
            "get" => await handlers.Reads.Get(request),
            "list" => await handlers.Reads.List(request),
            "watch" => await handlers.Watches.Watch(request),
            "create" => await handlers.Writes.Create(request),
            "update" => await handlers.Writes.Update(request),
            "patch" => await handlers.Writes.Patch(request),
            "delete" => await handlers.Deletes.Delete(request),
            "deletecollection" => await handlers.Deletes.DeleteCollection(request),
            _ => ApiStatus.MethodNotAllowed($"the server does not allow {info.Verb} on the requested resource"),
        };
    }

    // Who may list one object alone may ask for it by its name in a field selector, too.
    private static RequestInfo Narrowed(RequestInfo info, IQueryCollection query) =>
        info.Name.Length == 0 && info.Verb is ("list" or "watch" or "deletecollection") && query["fieldSelector"] is [{ Length: > 0 } selector, ..]
            ? info with { Name = FieldSelector.ExactNameOf(selector) }
            : info;

    // Resources of the cluster have no path below a namespace, and single objects of a namespace have none outside of it.
    private static bool HasPath(KindDefinition kind, RequestInfo info) => kind.Namespaced ? info.InNamespace || info.Name.Length == 0 : !info.InNamespace;

    // Of collections that span the namespaces there are only reads; single objects are changed by their names, and made without one in the path.
    private static bool TakesVerb(KindDefinition kind, RequestInfo info) => info.Verb switch
    {
        "create" => info.Name.Length == 0 && kind.Namespaced == info.InNamespace,
        "update" or "patch" => info.Name.Length > 0,
        "deletecollection" => kind.Namespaced == info.InNamespace,
        _ => true,
    };

    private static ApiStatus NotAllowed() => ApiStatus.MethodNotAllowed("the server does not allow this method on the requested resource");

    private async Task<ApiStatus?> Subresource(GatewayRequest request)
    {
        var (info, kind) = (request.Info, request.Kind);
        if (kind.Subresources.FirstOrDefault(sub => sub.Name == info.Subresource) is not { } subresource) return ApiStatus.NoSuchPath();
        var body = RequestBodies.Of(kind, info.Subresource);
        return (info.Subresource, info.Verb) switch
        {
            ("status" or "approval", "get") => await handlers.Reads.Get(request),
            ("status" or "finalize" or "approval", "update") => await handlers.Writes.Update(request),
            ("status" or "approval", "patch") => await handlers.Writes.Patch(request),
            ("scale", _) => await handlers.Scales.Handle(request, body!),
            ("binding", "create") => await handlers.Bindings.Bind(request, body!),
            ("eviction", "create") => await handlers.Evictions.Evict(request, body!),
            ("log", "get") => await handlers.Logs.Stream(request),
            ("token", "create") => await handlers.Tokens.Create(request, body!),
            _ when !subresource.Verbs.Contains(info.Verb) => NotAllowed(),
            _ => new(501, "NotImplemented", $"{kind.Plural}/{info.Subresource} is not served by this control plane yet"),
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFault(ILogger logger, Exception fault, string method, string path);
}
