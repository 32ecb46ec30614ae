using System.Buffers;
using System.IO.Pipelines;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>Writes answers: objects in the form the client asked for, and rejections as <c>Status</c>.</summary>
public sealed class Responses(TimeProvider time)
{
    private const string Json = "application/json";
    private static readonly byte[] Comma = ","u8.ToArray();
    private static readonly byte[] TypeBefore = "{\"type\":\""u8.ToArray();
    private static readonly byte[] ObjectBefore = "\",\"object\":"u8.ToArray();
    private static readonly byte[] EventAfter = "}\n"u8.ToArray();

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
    public async Task Object(GatewayRequest request, StoredObject stored, int code = 200)
    {
        var form = request.Form;
        if (form is { Shape: OutputShape.Object, Yaml: false })
        {
            await Bytes(request.Http, await Presentation.Of(request.Kind, request.StorageKind, stored), Json, code);
            return;
        }
        var body = new ArrayBufferWriter<byte>(4096);
        switch (form.Shape)
        {
            case OutputShape.Table:
                await WriteTable(body, request, [stored], Table(request, stored.Revision));
                break;
            case OutputShape.PartialObject:
                PartialObjectMetadata.Write(body, stored, form.MetaVersion, request.StorageKind);
                break;
            default:
                body.Write((await Presentation.Of(request.Kind, request.StorageKind, stored)).Span);
                break;
        }
        await Finished(request, body.WrittenMemory, code);
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
                await WriteTable(body, request, items, Table(request, revision) with { Continue = continueAt, RemainingItemCount = remaining });
                break;
            case OutputShape.PartialObject:
                PartialObjectMetadata.WriteList(body, items, revision, continueAt, remaining, request.Form.MetaVersion, request.StorageKind);
                break;
            default:
                WriteListStart(body, request.Kind, revision, continueAt, remaining);
                await foreach (var item in Items(request, items)) body.Write(item.Span);
                body.Write("]}"u8);
                break;
        }
        await Finished(request, body.WrittenMemory, 200);
    }

    /// <summary>Writes one watch event into the response's buffer, without sending it yet.</summary>
    public async ValueTask WatchEvent(GatewayRequest request, PipeWriter output, string type, StoredObject stored, bool first)
    {
        // What has to be converted is, before a word of it is written: it may fail.
        var whole = request.Form.Shape is OutputShape.Object ? await Presentation.Of(request.Kind, request.StorageKind, stored, many: true) : default;
        output.Write(TypeBefore);
        output.Write(System.Text.Encoding.UTF8.GetBytes(type));
        output.Write(ObjectBefore);
        switch (request.Form.Shape)
        {
            case OutputShape.Table:
                await WriteTable(output, request, [stored], Table(request, stored.Revision) with { WithColumns = first });
                break;
            case OutputShape.PartialObject:
                PartialObjectMetadata.Write(output, stored, request.Form.MetaVersion, request.StorageKind);
                break;
            default:
                output.Write(whole.Span);
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

    private static async ValueTask WriteTable(IBufferWriter<byte> output, GatewayRequest request, IReadOnlyList<StoredObject> rows, TableOptions options)
    {
        var whole = options.IncludeObject == IncludeObject.Object ? await Presentation.Of(request.Kind, request.StorageKind, rows) : [];
        TablePrinter.Write(output, request.Kind, rows, whole, options);
    }

    /// <summary>The objects of a list with the commas between them, in pieces; converted a batch at a time.</summary>
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Items(GatewayRequest request, IReadOnlyList<StoredObject> items)
    {
        if (request.Kind.Conversion is null)
        {
            for (var i = 0; i < items.Count; i++)
            {
                var (before, managed, after) = ManagedFieldsView.Parts(items[i], request.StorageKind);
                if (i > 0) yield return Comma;
                yield return before;
                yield return managed;
                yield return after;
            }
            yield break;
        }
        const int Batch = 512;
        for (var start = 0; start < items.Count; start += Batch)
        {
            var shown = await Presentation.Of(request.Kind, request.StorageKind, items.Skip(start).Take(Batch));
            for (var i = 0; i < shown.Count; i++)
            {
                if (start + i > 0) yield return Comma;
                yield return shown[i];
            }
        }
    }

    private static Task Finished(GatewayRequest request, ReadOnlyMemory<byte> json, int code) => request.Form.Yaml
        ? Bytes(request.Http, YamlWriter.FromJson(json.Span), "application/yaml", code)
        : Bytes(request.Http, json, Json, code);

    private static async Task StreamList(GatewayRequest request, IReadOnlyList<StoredObject> items, long revision, string? continueAt, long? remaining)
    {
        const int FlushAt = 512 * 1024;
        var http = request.Http;
        http.Response.ContentType = Json;
        var output = http.Response.BodyWriter;
        await using var shown = Items(request, items).GetAsyncEnumerator();

        // As far as it is known that the list can be shown, it begins.
        var more = await shown.MoveNextAsync();
        WriteListStart(output, request.Kind, revision, continueAt, remaining);
        for (var unsent = 0; more; more = await shown.MoveNextAsync())
        {
            output.Write(shown.Current.Span);
            unsent += shown.Current.Length;
            if (unsent < FlushAt) continue;
            await output.FlushAsync(http.RequestAborted);
            unsent = 0;
        }
        output.Write("]}"u8);
        await output.FlushAsync(http.RequestAborted);
    }

    private static void WriteListStart(IBufferWriter<byte> output, KindDefinition kind, long revision, string? continueAt, long? remaining)
    {
        var text = $"{{\"kind\":\"{kind.ListKind}\",\"apiVersion\":\"{kind.GroupVersion}\",\"metadata\":{{\"resourceVersion\":\"{revision}\""
            + (continueAt is null ? "" : $",\"continue\":\"{continueAt}\"")
            + (remaining is null ? "" : $",\"remainingItemCount\":{remaining}")
            + "},\"items\":[";
        output.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
