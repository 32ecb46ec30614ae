using System.Buffers;
using ControlPlane.Access;
using ControlPlane.Audit;
using ControlPlane.Catalogue;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>One authorised request for a resource of the catalogue.</summary>
public sealed class GatewayRequest(HttpContext http, RequestInfo info, CatalogueSnapshot catalogue, KindDefinition kind, UserInfo user, OutputForm form)
{
    public HttpContext Http => http;
    public RequestInfo Info => info;

    /// <summary>The kinds as they were when the request came in: all it does goes by them.</summary>
    public CatalogueSnapshot Catalogue => catalogue;
    public KindDefinition Kind => kind;

    /// <summary>The kind in the version its objects are stored in; for one that is not stored, itself.</summary>
    public KindDefinition StorageKind => kind.Conversion is null ? kind : catalogue.FindStored(kind.Storage) ?? kind;
    public UserInfo User => user;
    public OutputForm Form => form;

    /// <summary>Its place among those that are worked on. A request that goes on for long gives it back before its end.</summary>
    public FlowSeat Seat { get; init; } = FlowSeat.None;
    public IQueryCollection Query => http.Request.Query;

    /// <summary>Whether the request is only to be tried.</summary>
    public bool DryRun => Query["dryRun"].Count > 0;

    /// <summary>The key of the named object, under the resource it is stored as.</summary>
    public ObjectKey Key(string? name = null) =>
        new(kind.Storage.Group, kind.Storage.Resource, kind.Namespaced ? info.Namespace : "", name ?? info.Name);

    /// <summary>Who the write is recorded for. The field manager is the query's, or the client program's name as Kubernetes derives it.</summary>
    public Requester Requester() => new(user.Name, Manager(), user.Groups)
    {
        Uid = user.Uid,
        Extra = user.Extra.IsEmpty ? [] : [.. user.Extra.SelectMany(entry => entry.Value.Select(value => KeyValuePair.Create(entry.Key, value)))],
    };

    private string Manager()
    {
        if (Query["fieldManager"] is [{ Length: > 0 } manager, ..]) return manager;
        var agent = http.Request.Headers.UserAgent.ToString();
        var end = agent.IndexOf('/', StringComparison.Ordinal);
        var program = end > 0 ? agent[..end] : agent;
        return program.Length > FieldManager.MaxLength ? program[..FieldManager.MaxLength] : program;
    }

    /// <summary>Passes on what is told of a write beside its outcome: warnings as headers, annotations to the audit log.</summary>
    public void Tell(WriteNotes? notes)
    {
        if (notes is null) return;
        WarningHeaders.Add(http.Response, notes.Warnings);
        AuditRecord.Of(http)?.Annotate(notes.Annotations);
    }

    /// <summary>The body, or 413 if it is larger than <see cref="ObjectLimits.MaxBody"/>.</summary>
    public async Task<(ReadOnlyMemory<byte> Body, ApiStatus? Refusal)> ReadBody()
    {
        if (http.Request.ContentLength > ObjectLimits.MaxBody) return (default, TooLarge());
        var body = new ArrayBufferWriter<byte>((int)Math.Max(256, http.Request.ContentLength ?? 4096));
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            foreach (var segment in read.Buffer) body.Write(segment.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (body.WrittenCount > ObjectLimits.MaxBody) return (default, TooLarge());
            if (read.IsCompleted) return (body.WrittenMemory, null);
        }
    }

    private static ApiStatus TooLarge() => ApiStatus.TooLarge($"Request entity too large: limit is {ObjectLimits.MaxBody}");
}
