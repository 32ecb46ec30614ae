using System.Buffers;
using System.IO.Pipelines;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>Writes answers: objects in the form the client asked for, and rejections as <c>Status</c>.</summary>
public sealed class Responses(TimeProvider time)
{
    private const string Json = "application/json";
    private static readonly byte[] TypeBefore = "{\"type\":\""u8.ToArray();
    private static readonly byte[] ObjectBefore = "\",\"object\":"u8.ToArray();
    private static readonly byte[] EventAfter = "}\n"u8.ToArray();

    /// <summary>The object as the requested version's JSON.</summary>
    public static ReadOnlyMemory<byte> Present(KindDefinition kind, StoredObject stored) =>
        kind.FromStorage is { } convert ? ObjectJson.ToUtf8(convert(stored.ToJsonObject())) : stored.Json;

    /// <summary>Answers with a rejection.</summary>
    public static async Task Reject(HttpContext http, ApiStatus status)
    {
        if (status.RetryAfterSeconds > 0) http.Response.Headers.RetryAfter = status.RetryAfterSeconds.ToString();
        if (status.Code == 401) http.Response.Headers.WWWAuthenticate = "Bearer";
        await Bytes(http, ObjectJson.ToUtf8(status.ToJson()), Json, status.Code);
    }

    /// <summary>Answers with bytes that are ready to be sent.</summary>
    public static async Task Bytes(HttpContext http, ReadOnlyMemory<byte> body, string contentType = Json, int code = 200)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        if (HttpMethods.IsHead(http.Request.Method)) return;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Answers with one object.</summary>
    public Task Object(GatewayRequest request, StoredObject stored, int code = 200)
    {
        var form = request.Form;
        if (form is { Shape: OutputShape.Object, Yaml: false }) return Bytes(request.Http, Present(request.Kind, stored), Json, code);
        var body = new ArrayBufferWriter<byte>(4096);
        switch (form.Shape)
        {
            case OutputShape.Table:
                TablePrinter.Write(body, request.Kind, [stored], Table(request, stored.Revision));
                break;
            case OutputShape.PartialObject:
                PartialObjectMetadata.Write(body, stored, form.MetaVersion);
                break;
            default:
                body.Write(Present(request.Kind, stored).Span);
                break;
        }
        return Finished(request, body.WrittenMemory, code);
    }

    /// <summary>Answers with a list. <paramref name="continueAt"/> is the token of the next page, or null; <paramref name="remaining"/> how many it would bring.</summary>
    public async Task List(GatewayRequest request, IReadOnlyList<StoredObject> items, long revision, string? continueAt, long? remaining)
    {
        if (request.Form is { Shape: OutputShape.Object, Yaml: false })
        {
            await StreamList(request, items, revision, continueAt, remaining);
            return;
        }
        var body = new ArrayBufferWriter<byte>(65536);
        switch (request.Form.Shape)
        {
            case OutputShape.Table:
                TablePrinter.Write(body, request.Kind, items, Table(request, revision) with { Continue = continueAt, RemainingItemCount = remaining });
                break;
            case OutputShape.PartialObject:
                PartialObjectMetadata.WriteList(body, items, revision, continueAt, remaining, request.Form.MetaVersion);
                break;
            default:
                WriteListStart(body, request.Kind, revision, continueAt, remaining);
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0) body.Write(","u8);
                    body.Write(Present(request.Kind, items[i]).Span);
                }
                body.Write("]}"u8);
                break;
        }
        await Finished(request, body.WrittenMemory, 200);
    }

    /// <summary>Writes one watch event into the response's buffer, without sending it yet.</summary>
    public void WatchEvent(GatewayRequest request, PipeWriter output, string type, StoredObject stored, bool first)
    {
        output.Write(TypeBefore);
        output.Write(System.Text.Encoding.UTF8.GetBytes(type));
        output.Write(ObjectBefore);
        switch (request.Form.Shape)
        {
            case OutputShape.Table:
                TablePrinter.Write(output, request.Kind, [stored], Table(request, stored.Revision) with { WithColumns = first });
                break;
            case OutputShape.PartialObject:
                PartialObjectMetadata.Write(output, stored, request.Form.MetaVersion);
                break;
            default:
                output.Write(Present(request.Kind, stored).Span);
                break;
        }
        output.Write(EventAfter);
    }

    private TableOptions Table(GatewayRequest request, long revision) => new()
    {
        Now = time.GetUtcNow(),
        ResourceVersion = revision,
        IncludeObject = IncludeObjects.Parse(request.Query["includeObject"]),
        MetaVersion = request.Form.MetaVersion,
    };

    private static Task Finished(GatewayRequest request, ReadOnlyMemory<byte> json, int code) => request.Form.Yaml
        ? Bytes(request.Http, YamlWriter.FromJson(json.Span), "application/yaml", code)
        : Bytes(request.Http, json, Json, code);

    private static async Task StreamList(GatewayRequest request, IReadOnlyList<StoredObject> items, long revision, string? continueAt, long? remaining)
    {
        const int FlushAt = 512 * 1024;
        var http = request.Http;
        http.Response.ContentType = Json;
        var output = http.Response.BodyWriter;
        WriteListStart(output, request.Kind, revision, continueAt, remaining);
        var unsent = 0;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            var item = Present(request.Kind, items[i]);
            output.Write(item.Span);
            unsent += item.Length;
            if (unsent < FlushAt) continue;
            await output.FlushAsync(http.RequestAborted);
            unsent = 0;
        }
        output.Write("]}"u8);
        await output.FlushAsync(http.RequestAborted);
    }

    private static void WriteListStart(IBufferWriter<byte> output, KindDefinition kind, long revision, string? continueAt, long? remaining)
    {
        var text = $"{{\"kind\":\"{kind.Kind}List\",\"apiVersion\":\"{kind.GroupVersion}\",\"metadata\":{{\"resourceVersion\":\"{revision}\""
            + (continueAt is null ? "" : $",\"continue\":\"{continueAt}\"")
            + (remaining is null ? "" : $",\"remainingItemCount\":{remaining}")
            + "},\"items\":[";
        output.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
