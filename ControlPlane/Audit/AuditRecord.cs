using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using Microsoft.AspNetCore.Http.Features;
using Shared.Api;

namespace ControlPlane.Audit;

/// <summary>What is written down of one request: Kubernetes' audit Event, at each of its stages.</summary>
public sealed class AuditRecord
{
    private const string IdHeader = "Audit-ID";
    private const string LeftOut = "audit.actors.io/left-out";
    private const int LongestId = 64;

    // One object of the largest size has room; a list that is longer is left out, and that is said.
    private const int LongestAnswer = 4 * 1024 * 1024;
    private readonly AuditLog _log;
    private readonly HttpContext _http;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _received;
    private readonly string _id;
    private AuditLevel _level;
    private ImmutableArray<string> _omitted = [];
    private UserInfo? _asks;
    private UserInfo? _user;
    private RequestInfo? _info;
    private Verdict _verdict;
    private JsonNode? _sent;
    private MemoryStream? _answered;
    private ImmutableDictionary<string, string> _annotations = ImmutableDictionary<string, string>.Empty;

    private AuditRecord(AuditLog log, HttpContext http, TimeProvider time) => (_log, _http, _time, _received, _id) = (log, http, time, time.GetUtcNow(), IdOf(http));

    /// <summary>The one of a request; null where nothing is written down.</summary>
    public static AuditRecord? Of(HttpContext http) => http.Features.Get<AuditRecord>();

    /// <summary>Begins one.</summary>
    public static AuditRecord Begin(AuditLog log, HttpContext http, TimeProvider time)
    {
        var record = new AuditRecord(log, http, time);
        http.Features.Set(record);
        http.Response.Headers[IdHeader] = record._id;
        return record;
    }

    /// <summary>Who asks for what, and whether that is allowed: from here on it is known how much is written down.</summary>
    /// <param name="asks">Who has proved an identity.</param>
    /// <param name="user">Whom the request is made as.</param>
    public void Judged(UserInfo asks, UserInfo user, RequestInfo info, Verdict verdict)
    {
        Know(asks, user, info, verdict);
        if (info.Verb == "watch" || info.Subresource == "log")
        {
            _http.Response.OnStarting(() =>
            {
                Write("ResponseStarted");
                return Task.CompletedTask;
            });
        }
        else if (_level is AuditLevel.RequestResponse)
        {
            _answered = new();
            _http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new Tee(_http.Response.Body, _answered, LongestAnswer), _http.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
        }
    }

    /// <summary>The body that was sent, as far as it could be read.</summary>
    public void Sent(JsonNode? body)
    {
        if (_level >= AuditLevel.Request) _sent = body?.DeepClone();
    }

    /// <summary>The body that was sent, where it is not read until it is carried out.</summary>
    public void Sent(ReadOnlyMemory<byte> body)
    {
        if (_level >= AuditLevel.Request) _sent = Parsed(body.Span);
    }

    /// <summary>What admission has to say of the request, by key: the first of a key stands. Of Secrets and tokens it is left out, and that is said.</summary>
    public void Annotate(ImmutableDictionary<string, string> annotations)
    {
        if (AuditPolicy.IsSecret(_info!) && !annotations.IsEmpty)
        {
            _annotations = _annotations.SetItem(LeftOut, "annotations: they may tell of a Secret");
            return;
        }
        foreach (var (key, value) in annotations)
        {
            if (!_annotations.ContainsKey(key)) _annotations = _annotations.Add(key, value);
        }
    }

    /// <summary>The request has its answer.</summary>
    /// <param name="refusal">Why it was refused; null: it was not.</param>
    public void Completed(ApiStatus? refusal)
    {
        if (_user is null)
        {
            // Nobody was known; Kubernetes judges such a request as of nobody. Its answer is on its way already.
            Know(new("", []), new("", []), RequestInfo.Parse(_http.Request.Method, _http.Request.Path.Value ?? "/", watch: false), Verdict.Refuse);
        }
        Write("ResponseComplete", refusal);
    }

    private void Know(UserInfo asks, UserInfo user, RequestInfo info, Verdict verdict)
    {
        (_asks, _user, _info, _verdict) = (asks, user, info, verdict);
        (_level, _omitted) = _log.Policy.Of(user, info);
        Write("RequestReceived");
    }

    private void Write(string stage, ApiStatus? refusal = null)
    {
        if (_level is AuditLevel.None || _omitted.Contains(stage)) return;
        var (request, info) = (_http.Request, _info!);
        var entry = new JsonObject
        {
            ["kind"] = "Event", ["apiVersion"] = "audit.k8s.io/v1", ["level"] = _level.ToString(), ["auditID"] = _id, ["stage"] = stage, ["requestURI"] = $"{request.Path}{request.QueryString}", ["verb"] = info.Verb, ["user"] = _asks!.ToJson(),
        };
        if (!ReferenceEquals(_asks, _user)) entry["impersonatedUser"] = _user!.ToJson();
        entry["sourceIPs"] = new JsonArray([.. SourceAddresses().Select(address => (JsonNode?)address)]);
        if (request.Headers.UserAgent.ToString() is { Length: > 0 } agent) entry["userAgent"] = agent;
        if (info.Resource.Length > 0) entry["objectRef"] = Reference(info);
        if (stage != "RequestReceived") entry["responseStatus"] = Status(refusal);
        if (_sent is not null && stage == "ResponseComplete") entry["requestObject"] = _sent.DeepClone();
        if (_answered is { Length: > 0 and <= LongestAnswer } && stage == "ResponseComplete") entry["responseObject"] = Parsed(_answered.GetBuffer().AsSpan(0, (int)_answered.Length));
        entry["requestReceivedTimestamp"] = Micro(_received);
        entry["stageTimestamp"] = Micro(_time.GetUtcNow());
        if (stage != "RequestReceived")
        {
            var annotations = new JsonObject { ["authorization.k8s.io/decision"] = _verdict.Allowed ? "allow" : "forbid", ["authorization.k8s.io/reason"] = _verdict.Reason };
            foreach (var (key, value) in _annotations.OrderBy(annotation => annotation.Key, StringComparer.Ordinal)) annotations.TryAdd(key, value);
            entry["annotations"] = annotations;
        }
        if (_answered is { Length: > LongestAnswer } && stage == "ResponseComplete") entry["annotations"]![LeftOut] = "responseObject: too long";
        _log.Write(entry.ToJsonString());
    }

    private JsonObject Status(ApiStatus? refusal)
    {
        var status = new JsonObject { ["metadata"] = new JsonObject() };
        if (refusal is not null) (status["status"], status["message"], status["reason"]) = ("Failure", refusal.Message, refusal.Reason);
        status["code"] = refusal?.Code ?? _http.Response.StatusCode;
        return status;
    }

    private static JsonObject Reference(RequestInfo info)
    {
        var reference = new JsonObject { ["resource"] = info.Resource };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("namespace", info.Namespace), ("name", info.Name), ("apiGroup", info.Group), ("apiVersion", info.Version), ("subresource", info.Subresource)])
        {
            if (value.Length > 0) reference[name] = value;
        }
        return reference;
    }

    // Null for another form than JSON.
    private static JsonNode? Parsed(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonNode.Parse(body, documentOptions: new() { MaxDepth = ObjectLimits.MaxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // As proxies tell it, the last of whom is who came.
    private IEnumerable<string> SourceAddresses() =>
        _http.Request.Headers["X-Forwarded-For"].SelectMany(list => (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Where(address => System.Net.IPAddress.TryParse(address, out _))
            .Append(_http.Connection.RemoteIpAddress?.ToString() ?? "").Where(address => address.Length > 0).Distinct();

    private static string Micro(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string IdOf(HttpContext http) => http.Request.Headers[IdHeader].ToString() is { Length: > 0 and <= LongestId } given && given.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? given : Guid.NewGuid().ToString();

    /// <summary>Passes on what is written, and keeps it as long as it is not too much.</summary>
    private sealed class Tee(Stream next, MemoryStream kept, int most) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => next.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (kept.Length <= most) kept.Write(buffer.Span);
            return next.WriteAsync(buffer, cancellationToken);
        }
    }
}
