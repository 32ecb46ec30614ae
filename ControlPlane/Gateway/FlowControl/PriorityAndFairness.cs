using ControlPlane.Access;
using ControlPlane.Journal;
using Shared.Api;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>
/// Kubernetes' API priority and fairness: how many requests are worked on at once, and whose wait. Each control plane shares out its own seats. Long requests (log, exec) hold none, a watch only
/// until it has shown what there is.
/// </summary>
public sealed class PriorityAndFairness
{
    /// <summary>Where <see cref="Dump"/> is served.</summary>
    public const string DumpPath = "/debug/api_priority_and_fairness/dump_priority_levels";

    private const string SchemaHeader = "X-Kubernetes-PF-FlowSchema-UID";
    private const string LevelHeader = "X-Kubernetes-PF-PriorityLevel-UID";

    // As kube-apiserver: a seat for each hundred objects that are looked through, and ten at most.
    private const int ObjectsPerSeat = 100;
    private const int MostSeats = 10;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    private readonly WatchCache _cache;
    private readonly TimeProvider _time;
    private readonly RequestSeats _seats;
    private readonly Lock _changing = new();
    private volatile FlowSettings _settings;

    /// <param name="cache">Shows the flow schemas and priority levels, and how much there is to list.</param>
    /// <param name="options">Say how many requests are worked on at once.</param>
    /// <param name="time">What waits are timed by.</param>
    public PriorityAndFairness(WatchCache cache, GatewayOptions options, TimeProvider time)
    {
        (_cache, _time, _seats, _settings) = (cache, time, new(options.MostRequestsAtOnce, time), new(cache));
        _seats.Configure(_settings.Levels);
    }

    /// <summary>Waits until a request's turn has come. Its seats are given back when what is returned is disposed of; or else it is told to come again.</summary>
    public async ValueTask<(FlowSeat Seat, ApiStatus? Refusal)> Enter(HttpContext http, UserInfo user, RequestInfo info)
    {
        if (info.Subresource is "log" or "exec" or "attach" or "portforward" or "proxy") return (FlowSeat.None, null);
        var (schema, level) = Current().Find(user, info);
        if (schema.Uid.Length > 0) http.Response.Headers[SchemaHeader] = schema.Uid;
        if (level.Uid.Length > 0) http.Response.Headers[LevelHeader] = level.Uid;
        if (level.IsExempt) return (FlowSeat.None, null);
        var distinguisher = schema.Distinguisher switch
        {
            FlowDistinguisher.User => user.Name,
            FlowDistinguisher.Namespace => info.Namespace,
            _ => "",
        };
        var seat = _seats.Ask(level.Name, ShuffleSharding.Flow(schema.Name, distinguisher), Width(info, http.Request.Query));
        try
        {
            if (await Admitted(seat, http.RequestAborted)) return (seat, null);
        }
        catch
        {
            seat.Dispose();
            throw;
        }
        return (FlowSeat.None, ApiStatus.TooManyRequests("Too many requests, please try again later."));
    }

    /// <summary>How the levels are used, in lines: one of names, then a line for each level, with commas.</summary>
    public string Dump()
    {
        var lines = _seats.Uses().Select(use => string.Join(", ", use.Name, use.Seats, use.ActiveQueues, use.Waiting, use.Executing, use.TakenSeats, use.Dispatched, use.Rejected, use.TimedOut, use.Cancelled));
        return string.Join('\n', ["PriorityLevelName, Seats, ActiveQueues, WaitingRequests, ExecutingRequests, ExecutingSeats, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests", .. lines, ""]);
    }

    private async ValueTask<bool> Admitted(FlowSeat seat, CancellationToken gone)
    {
        if (seat.Admitted.IsCompleted) return await seat.Admitted;
        try
        {
            return await seat.Admitted.WaitAsync(LongestWait, _time, gone);
        }
        catch (TimeoutException)
        {
            return !_seats.TimeOut(seat) && await seat.Admitted;
        }
    }

    private FlowSettings Current()
    {
        var known = _settings;
        if (known.IsCurrent(_cache)) return known;
        lock (_changing)
        {
            if (_settings.IsCurrent(_cache)) return _settings;
            var settings = new FlowSettings(_cache);
            _seats.Configure(settings.Levels);
            return _settings = settings;
        }
    }

    private int Width(RequestInfo info, IQueryCollection query)
    {
        var isList = info.Verb == "list" || (info.Verb == "watch" && (query["sendInitialEvents"] is ["true" or "1", ..] || query["resourceVersion"] is [] or ["" or "0", ..]));
        if (!isList || info.Name.Length > 0) return 1;
        var resource = new GroupResource(info.Group, info.Resource);
        var count = info.Namespace.Length > 0 ? _cache.List(resource, info.Namespace).Count : _cache.List(resource).Objects.Count;
        if (info.Verb == "list" && query["limit"] is [{ } text, ..] && long.TryParse(text, out var limit) && limit > 0) count = (int)Math.Min(count, limit);
        return Math.Clamp((count + ObjectsPerSeat - 1) / ObjectsPerSeat, 1, MostSeats);
    }
}
