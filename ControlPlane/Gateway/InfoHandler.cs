using ControlPlane.Access;
using ControlPlane.Access.Reviews;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Catalogue;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>Everything that is not an object: discovery, OpenAPI, version, health, how requests wait, the issuer of tokens, and reviews, which are answered and not stored.</summary>
public sealed class InfoHandler(Readiness readiness, PriorityAndFairness flow, ReviewAnswers reviews, IssuerDocuments issuer, TimeProvider time)
{
    /// <summary>
    /// With this parameter a process that is about to end answers /readyz with 404: to HAProxy's <c>disable-on-404</c> that says to send nothing new, and to let finish what is
    /// under way.
    /// </summary>
    public const string DrainParameter = "drain";

    /// <summary>Answers a path that names no resource.</summary>
    public async Task<ApiStatus?> Handle(HttpContext http, RequestInfo info, CatalogueSnapshot catalogue)
    {
        if (info.Verb is not ("get" or "head")) return ApiStatus.NoSuchPath();
        switch (info.Path)
        {
            case "/healthz" or "/livez":
                await Responses.Bytes(http, "ok"u8.ToArray(), "text/plain; charset=utf-8");
                return null;
            case "/readyz":
                var drains = http.Request.Query.ContainsKey(DrainParameter);
                var missing = readiness.Ask(drains);
                await Responses.Bytes(http, System.Text.Encoding.UTF8.GetBytes(missing is null ? "ok" : $"waiting for {missing}"), "text/plain; charset=utf-8", missing is null ? 200 : readiness.IsEnding && drains ? 404 : 503);
                return null;
            case PriorityAndFairness.DumpPath:
                await Responses.Bytes(http, System.Text.Encoding.UTF8.GetBytes(flow.Dump()), "text/plain; charset=utf-8");
                return null;
        }
        if (issuer.Find(info.Path) is { } document)
        {
            await Responses.Bytes(http, document.Body, document.ContentType);
            return null;
        }
        var answer = catalogue.Discovery.Find(info.Path, http.Request.Headers.Accept) ?? catalogue.OpenApi.Find(info.Path, http.Request.Headers.Accept);
        if (answer is null) return ApiStatus.NoSuchPath();
        if (answer.ETag is { } tag)
        {
            http.Response.Headers.ETag = tag;
            if (http.Request.Headers.IfNoneMatch.ToString() == tag)
            {
                http.Response.StatusCode = 304;
                return null;
            }
        }
        await Responses.Bytes(http, answer.Body, answer.ContentType);
        return null;
    }

    /// <summary>Answers a review of access or identity for the user who asks.</summary>
    public async Task<ApiStatus?> Review(GatewayRequest request)
    {
        var (body, refusal) = await WriteHandler.Decode(request, request.Kind);
        if (refusal is not null) return refusal;
        if (await reviews.Answer(request.Kind, body!, request.User, request.Info.Namespace) is { } unanswerable) return unanswerable;
        body!.Metadata()["creationTimestamp"] = Rfc3339.Write(time.GetUtcNow());
        await Responses.Bytes(request.Http, ObjectJson.ToUtf8(body!), code: 201);
        return null;
    }
}
