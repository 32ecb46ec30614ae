using System.Net;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Hosting;
using ControlPlane.Membership;
using Xunit;

namespace Tests.Support;

/// <summary>Several control planes in this process, members of one cluster on one PostgreSQL of their own.</summary>
public class ControlPlaneMembers : IAsyncLifetime
{
    private static readonly string[] Shared = ["pki/ca.pem", "pki/agents.key", "pki/admin.token", "secrets.keys"];
    private readonly List<Member> _members = [];
    private readonly List<ControlPlaneOptions> _started = [];
    private string _database = "";

    /// <summary>The database they share.</summary>
    public PostgresServer Server { get; } = new();

    /// <summary>Those that run, the first of them the oldest.</summary>
    public IReadOnlyList<Member> Members => _members;

    /// <summary>Folders that go with the cluster.</summary>
    protected List<string> Folders { get; } = [];

    /// <summary>How many there are at first.</summary>
    protected virtual int Count => 3;

    /// <summary>One control plane.</summary>
    public sealed record Member(ControlPlaneOptions Options, ControlPlaneHost Host, HttpClient Http)
    {
        /// <summary>What it knows of the others.</summary>
        public MemberBook Book => Host.Services.GetRequiredService<MemberBook>();

        /// <summary>The shards it hosts.</summary>
        public HostedShards Hosted => Host.Services.GetRequiredService<HostedShards>();

        /// <summary>Sends JSON and reads the answer as JSON.</summary>
        public async Task<(HttpStatusCode Code, JsonObject Body)> Send(HttpMethod method, string path, string? body = null, string contentType = "application/json")
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, contentType);
            using var response = await Http.SendAsync(request);
            return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
        }
    }

    public virtual async Task InitializeAsync()
    {
        await Server.InitializeAsync();
        _database = await NewDatabase();
        for (var i = 0; i < Count; i++) await Start();
        await Settled();
    }

    /// <summary>Waits until every shard is hosted, and every member has its share.</summary>
    public Task Settled() => Until("the shards to be spread evenly", () =>
    {
        var shares = _members.Select(member => BitOperations.PopCount((ulong)member.Hosted.Set)).ToArray();
        return Task.FromResult(shares.Sum() == Shards.Count && shares.Max() - shares.Min() <= 2);
    });

    /// <summary>The options of the member that was started as the n-th, to start it again.</summary>
    public ControlPlaneOptions Options(int n) => _started[n];

    /// <summary>Starts one more, which joins those that run.</summary>
    public Task<Member> Start() => Start(NewOptions());

    /// <summary>Options for one more, with the keys of the others.</summary>
    /// <param name="except">A file it does not get.</param>
    public ControlPlaneOptions NewOptions(string? except = null)
    {
        var options = Configure(ControlPlaneFixture.NewOptions() with { Database = _database, Seeds = [.. _members.Select(member => $"127.0.0.1:{member.Options.RemotePort}")] });
        if (_members is [var first, ..]) Share(first.Options.DataDirectory, options.DataDirectory, except);
        return options;
    }

    /// <summary>Starts a member with these options.</summary>
    public async Task<Member> Start(ControlPlaneOptions options)
    {
        if (!Folders.Contains(options.DataDirectory)) Folders.Add(options.DataDirectory);
        var host = await ControlPlaneHost.Start(options, TimeProvider.System);
        var member = new Member(options, host, ControlPlaneFixture.NewClient(host.Pki, options));
        _members.Add(member);
        if (!_started.Contains(options)) _started.Add(options);
        return member;
    }

    /// <summary>Makes the database; the result is what members are told.</summary>
    protected virtual Task<string> NewDatabase() => Server.CreateDatabase();

    /// <summary>What a test wants otherwise.</summary>
    protected virtual ControlPlaneOptions Configure(ControlPlaneOptions options) => options;

    /// <summary>Stops a member as one that is told to.</summary>
    public async Task Stop(Member member)
    {
        _members.Remove(member);
        member.Http.Dispose();
        await member.Host.DisposeAsync();
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var member in _members.ToArray().Reverse()) await Stop(member);
        await Server.DisposeAsync();
        foreach (var folder in Folders) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Polls until something holds.</summary>
    /// <exception cref="TimeoutException">It never did; the message says for what was waited.</exception>
    public static async Task Until(string phase, Func<Task<bool>> holds, int seconds = 60)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await holds())
        {
            if (end.IsCancellationRequested) throw new TimeoutException($"waited {seconds} s for {phase}");
            await Task.Delay(20);
        }
    }

    private static void Share(string from, string to, string? except)
    {
        Directory.CreateDirectory(Path.Combine(to, "pki"));
        foreach (var file in Shared.Where(file => file != except)) File.Copy(Path.Combine(from, file), Path.Combine(to, file));
    }
}
