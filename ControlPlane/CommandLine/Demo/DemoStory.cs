using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;

namespace ControlPlane.CommandLine.Demo;

/// <summary>What a user cares about, played on a running cluster of three nodes. Each step ends by verifying what it claims, or throws.</summary>
internal sealed class DemoStory : IAsyncDisposable
{
    private const int Replicas = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan DatabaseOutage = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(2);

    private readonly LocalCluster _cluster;
    private readonly Narrator _narrator;
    private readonly Kubectl _kubectl;
    private readonly ClusterClient _api;
    private readonly WorkloadView _view;
    private readonly Failures _failures;
    private LoadClient? _client;
    private int _nodePort;

    public DemoStory(LocalCluster cluster, Narrator narrator)
    {
        _cluster = cluster;
        _narrator = narrator;
        _kubectl = new Kubectl(cluster.Folder.Kubeconfig, narrator.Command);
        _api = cluster.Client();
        _view = new WorkloadView(_api);
        _failures = new Failures(cluster);
        narrator.Ticker = () => _client is { } client ? $"client: {Count(client.Answered)} answered, {Count(client.Failed)} failed" : "";
    }

    private LoadClient Client => _client ?? throw new InvalidOperationException("The client starts in an earlier step.");

    /// <summary>How many steps there are, with one control plane or with several.</summary>
    public static int Length(bool isAlone) => isAlone ? 8 : 9;

    /// <summary>Every step in order: its title and what it does.</summary>
    public IReadOnlyList<(string Title, Func<CancellationToken, Task> Play)> Steps =>
    [
        ("Apply a Deployment of three replicas and a Service", Apply),
        ("A client outside the cluster begins to request the Service", StartClient),
        ("Scale to six and back", Scale),
        ("Roll out v2, one pod after the other", RollOut),
        ("Undo it", Undo),
        ("Roll out a v3 that never gets ready", BrokenRollOut),
        ("Kill a node's agent and its containers", LoseNode),
        .. _cluster.Description.IsAlone
            ? [("Kill the control plane and start it again", LoseControlPlane)]
            : new (string, Func<CancellationToken, Task>)[]
            {
                ("Kill the control plane with the scheduler while a rollout runs and a client writes", LoseScheduler),
                ("Kill the database and start it again after ten seconds", LoseDatabase),
            },
    ];

    public async ValueTask DisposeAsync()
    {
        if (_client is { } client) await client.DisposeAsync();
        _api.Dispose();
    }

    private async Task Apply(CancellationToken stop)
    {
        await _kubectl.Run(stop, "apply", "-f", Path.Combine(AppContext.BaseDirectory, "examples", "deploy.yaml"));
        await RolledOut(stop);
        var pods = await _view.ReadyPods(stop);
        Verify(pods.Length == Replicas, $"{Replicas} pods are ready", $"{pods.Length} pods are ready instead of {Replicas}");
        Verify(pods.DistinctBy(pod => pod.Node).Count() == Replicas, $"they run on {Replicas} nodes", $"they run on {string.Join(", ", pods.Select(pod => pod.Node))}");
        foreach (var pod in pods)
        {
            var running = await _failures.RunningContainers(Node(pod.Node), stop);
            var id = pod.ContainerId[(pod.ContainerId.LastIndexOf('/') + 1)..];
            Check(id.Length > 0 && running.Contains(id, StringComparison.Ordinal), $"containerd of {pod.Node} does not run the container of {pod.Name}");
        }
        _narrator.Fact("containerd of each node runs the container the API tells of");
    }

    private async Task StartClient(CancellationToken stop)
    {
        _nodePort = await _view.NodePort(stop);
        Check(_nodePort > 0, "the Service has no node port");
        // That pods are ready says nothing of the nodes they are not on: from when a node has the Service on, no request may fail.
        using (var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) })
        {
            foreach (var target in Targets(_cluster.Description.Nodes)) await Eventually(() => Answers(http, target, stop), "", stop);
        }
        _narrator.Fact("the Service answers on every node");
        _client = new LoadClient(Targets(_cluster.Description.Nodes));
        var seen = Client.Look();
        await Eventually(() => seen() is { Answered: >= 100 } or { Failed: > 0 }, "the client has a hundred answers", stop);
        var pods = await _view.ReadyPods(stop);
        await Eventually(() => pods.All(pod => seen().Answers.ContainsKey($"v1 {pod.Name}")), "every pod has answered", stop);
        NothingFailed();
    }

    private static async Task<bool> Answers(HttpClient http, Uri target, CancellationToken stop)
    {
        try
        {
            using var answer = await http.GetAsync(target, stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task Scale(CancellationToken stop)
    {
        foreach (var size in new[] { 2 * Replicas, Replicas })
        {
            await _kubectl.Run(stop, "scale", "deployment/web", $"--replicas={size}");
            await RolledOut(stop);
            await Eventually(
                async () => (await _view.Pods(stop)).Length == size && (await _view.ReadyPods(stop)).Length == size, $"{size} pods, all ready", stop);
        }
        NothingFailed();
    }

    private async Task RollOut(CancellationToken stop)
    {
        var seen = Client.Look();
        var least = await LeastReady(() => Change("v2", stop), stop);
        Verify(least >= Replicas, $"never fewer than {Replicas} pods were ready", $"only {least} pods were ready at one moment");
        await Eventually(() => seen().OfVersion("v2") > 0, "v2 answers", stop);
        await OnlyVersion("v2", stop);
        NothingFailed();
    }

    private async Task Undo(CancellationToken stop)
    {
        await _kubectl.Run(stop, "rollout", "undo", "deployment/web");
        await RolledOut(stop);
        await OnlyVersion("v1", stop);
        NothingFailed();
    }

    private async Task BrokenRollOut(CancellationToken stop)
    {
        await _kubectl.Run(stop, "set", "image", "deployment/web", "web=demo/web:v3");
        var result = await _kubectl.TryRun(stop, "rollout", "status", "deployment/web", "--timeout=90s");
        Verify(!result.Succeeded, "kubectl tells that the rollout does not come to its end", "kubectl takes the broken rollout for done");
        var web = await _view.Deployment(stop);
        Verify(web?.ProgressReason == "ProgressDeadlineExceeded", "the Deployment says ProgressDeadlineExceeded", $"the Deployment says {web?.ProgressReason}");
        var ready = await _view.ReadyPods(stop);
        Verify(ready.Length == Replicas && ready.All(pod => pod.Image.EndsWith(":v1", StringComparison.Ordinal)),
            $"{Replicas} pods of v1 go on", $"{ready.Length} pods are ready: {string.Join(", ", ready.Select(pod => pod.Image))}");
        NothingFailed();
        await _kubectl.Run(stop, "rollout", "undo", "deployment/web");
        await RolledOut(stop);
        await Eventually(async () => (await _view.Pods(stop)).Length == Replicas, "the broken pod is gone after an undo", stop);
        NothingFailed();
    }

    private async Task LoseNode(CancellationToken stop)
    {
        var before = await _view.ReadyPods(stop);
        var node = Node(before[0].Node);
        Client.Use(Targets(_cluster.Description.Nodes.Remove(node)));
        var watch = Stopwatch.StartNew();
        var killed = _failures.KillNode(node);
        Verify(killed > 0, $"killed the agent of {node.Name} and {killed} processes of its containers", $"{node.Name} ran no container process");
        await Eventually(async () => (await _api.Nodes(stop))?.Any(state => state.Name == node.Name && !state.Ready) ?? false, $"{node.Name} is NotReady", stop);
        var lost = before.Where(pod => pod.Node == node.Name).Select(pod => pod.Uid).ToHashSet();
        await Eventually(
            async () =>
            {
                var ready = await _view.ReadyPods(stop);
                return ready.Length == Replicas && !ready.Any(pod => pod.Node == node.Name || lost.Contains(pod.Uid));
            },
            "replacements run on the other nodes",
            stop);
        _narrator.Fact($"{watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s after the kill");

        // The API knows of it a moment before the last proxy does.
        var seen = Client.Look();
        await Eventually(
            () =>
            {
                var report = seen();
                if (report.Failed > 0) seen = Client.Look();
                return report is { Failed: 0, Answered: >= Replicas * 10 };
            },
            "no request reaches what is lost",
            stop);
        await Quiet("the service answers every request again", stop);

        await _cluster.StartAgent(node, stop);
        await Eventually(async () => (await _api.Nodes(stop))?.Any(state => state.Name == node.Name && state.Ready) ?? false, $"{node.Name} is back", stop);
        await Eventually(async () => (await _view.Pods(stop)).Length == Replicas, "what it lost does not come back twice", stop);
        await Quiet("the service goes on", stop);
        Client.Use(Targets(_cluster.Description.Nodes));
    }

    private async Task LoseControlPlane(CancellationToken stop)
    {
        await Settled(stop);
        var objects = await _view.Objects(stop);
        var pods = await _view.Pods(stop);
        _failures.KillControlPlane();
        _narrator.Fact("killed the control plane");
        await Quiet("without it the service goes on", stop);
        await _cluster.StartControlPlanes(stop);
        var after = await _view.Objects(stop);
        var changed = Changed(objects, after);
        Verify(changed.Length == 0 && after.Count == objects.Count, $"all {objects.Count} objects are there, at the same resourceVersions", $"objects changed: {string.Join("; ", changed)}");
        await _cluster.WaitForNodes(stop);
        var same = (await _view.Pods(stop)).Select(pod => (pod.Uid, pod.ContainerId, pod.Restarts)).Order().SequenceEqual(pods.Select(pod => (pod.Uid, pod.ContainerId, pod.Restarts)).Order());
        Verify(same, "the pods were not touched", "pods were replaced or restarted");
        await Quiet("the service goes on", stop);
    }

    private async Task LoseScheduler(CancellationToken stop)
    {
        var host = (await _api.Get("/api/v1/componentstatuses/scheduler", stop)).Items("conditions").Select(condition => condition.Text("message")).FirstOrDefault();
        var member = _cluster.Description.Members.FirstOrDefault(each => host == $"at {each.Address}:{each.RemotePort}") ?? throw new CommandFailedException($"the scheduler is {host ?? "nowhere"}");
        await using var writer = new WriteClient(_cluster.Client());
        await Eventually(() => writer.Acknowledged > 20, "a client writes", stop);
        var seen = Client.Look();
        var rollout = Change("v2", stop);
        await Eventually(async () => (await _view.Pods(stop)).Any(pod => pod.Image.EndsWith(":v2", StringComparison.Ordinal)), "a rollout to v2 runs", stop);
        var before = writer.LongestGap;
        _failures.KillControlPlane(member);
        _narrator.Fact($"killed {member.Name}");
        await rollout;
        await OnlyVersion("v2", stop);
        Verify(seen().Failed == 0, $"the rollout comes to its end, and none of {Count(seen().Answered)} requests has failed", $"{seen().Failed} requests failed: {Client.Failures.LastOrDefault()}");
        var written = writer.Acknowledged;
        await Eventually(() => writer.Acknowledged > written + 20, "", stop);
        var (gap, stored) = (writer.LongestGap, await writer.Finish(stop));
        Verify(stored >= writer.Acknowledged, $"all {Count((int)writer.Acknowledged)} acknowledged writes are there", $"write {writer.Acknowledged} was acknowledged, and {stored} is stored");
        _narrator.Fact($"no two writes were further apart than {gap.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms ({before.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms before the kill)");
        await _cluster.StartControlPlanes(stop);
    }

    private async Task LoseDatabase(CancellationToken stop)
    {
        await Settled(stop);
        var (objects, pods) = (await _view.Objects(stop), await _view.Pods(stop));
        await using var writer = new WriteClient(_cluster.Client());
        await Eventually(() => writer.Acknowledged > 20, "a client writes", stop);
        _failures.KillDatabase();
        _narrator.Fact("killed the database");
        await Quiet("without it the service goes on", stop);
        Verify(await _api.Get("/api/v1/nodes?resourceVersion=0", stop) is not null, "what the control planes know can be read", "nothing can be read");
        await Task.Delay(DatabaseOutage - QuietTime, stop);
        var written = writer.Acknowledged;
        await _cluster.StartControlPlanes(stop);
        await Eventually(() => writer.Acknowledged > written + 20, "writes are taken again", stop);
        var stored = await writer.Finish(stop);
        Verify(stored >= writer.Acknowledged, $"all {Count((int)writer.Acknowledged)} acknowledged writes are there", $"write {writer.Acknowledged} was acknowledged, and {stored} is stored");
        var (before, after) = (Others(objects), Others(await _view.Objects(stop)));
        var changed = Changed(before, after);
        Verify(changed.Length == 0, $"all {before.Count} other objects are there, as they were", $"objects changed: {string.Join("; ", changed)}");
        Verify((await _view.Pods(stop)).Select(pod => (pod.Uid, pod.ContainerId, pod.Restarts)).Order().SequenceEqual(pods.Select(pod => (pod.Uid, pod.ContainerId, pod.Restarts)).Order()),
            "the pods were not touched", "pods were replaced or restarted");
        await Quiet("the service goes on", stop);
    }

    private async Task Change(string version, CancellationToken stop)
    {
        await _kubectl.Run(stop, "set", "image", "deployment/web", $"web=demo/web:{version}");
        await RolledOut(stop);
    }

    private Task<string> RolledOut(CancellationToken stop) => _kubectl.Run(stop, "rollout", "status", "deployment/web", "--timeout=120s");

    /// <summary>The least number of ready pods seen while something was done.</summary>
    private async Task<int> LeastReady(Func<Task> work, CancellationToken stop)
    {
        var least = int.MaxValue;
        var done = work();
        while (!done.IsCompleted)
        {
            if (await _view.Deployment(stop) is { } web) least = Math.Min(least, web.ReadyReplicas);
            await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(50), stop));
        }
        await done;
        return least;
    }

    private async Task OnlyVersion(string version, CancellationToken stop)
    {
        await Eventually(async () => (await _view.Pods(stop)).All(pod => pod.Image.EndsWith(":" + version, StringComparison.Ordinal)), $"all pods are {version}", stop);
        var seen = Client.Look();
        await Eventually(() => seen().Answered > 50, "", stop);
        var others = seen().Answered - seen().OfVersion(version);
        Verify(others == 0, $"only {version} answers", $"{others} answers came from another version");
    }

    private async Task Quiet(string fact, CancellationToken stop)
    {
        var seen = Client.Look();
        await Task.Delay(QuietTime, stop);
        var report = seen();
        Verify(report is { Failed: 0, Answered: > 0 }, $"{fact} ({report.Answered} requests, none failed)", $"{report.Failed} of {report.Failed + report.Answered} requests failed: {Client.Failures.LastOrDefault()}");
    }

    // Statuses follow events by a moment; a version read before that would differ for no fault.
    private static ImmutableSortedDictionary<string, string> Others(ImmutableSortedDictionary<string, string> objects) =>
        objects.Remove($"configmaps/{WriteClient.Name}").ToImmutableSortedDictionary(entry => entry.Key, entry => WorkloadView.WithoutVersion(entry.Value));

    private static string[] Changed(ImmutableSortedDictionary<string, string> before, ImmutableSortedDictionary<string, string> after) =>
        [.. before.Where(entry => after.GetValueOrDefault(entry.Key) != entry.Value).Select(entry => $"{entry.Key}: {entry.Value}, now {after.GetValueOrDefault(entry.Key, "gone")}")];

    private async Task Settled(CancellationToken stop)
    {
        var last = await _view.Objects(stop);
        await Eventually(
            async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
                var now = await _view.Objects(stop);
                var same = now.SequenceEqual(last);
                last = now;
                return same;
            },
            "",
            stop);
    }

    private void NothingFailed() => Verify(
        Client.Failed == 0, $"none of {Count(Client.Answered)} requests so far has failed", $"{Client.Failed} requests failed, the first: {Client.Failures.FirstOrDefault()}");

    private async Task Eventually(Func<Task<bool>> condition, string fact, CancellationToken stop)
    {
        if (!await Waiting.Until(condition, Patience, stop)) throw new CommandFailedException($"not within {Patience.TotalSeconds} s: {fact}");
        if (fact.Length > 0) _narrator.Fact(fact);
    }

    private Task Eventually(Func<bool> condition, string fact, CancellationToken stop) => Eventually(() => Task.FromResult(condition()), fact, stop);

    private void Verify(bool holds, string fact, string otherwise)
    {
        Check(holds, otherwise);
        _narrator.Fact(fact);
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds) throw new CommandFailedException(otherwise);
    }

    private ClusterNode Node(string name) => _cluster.Description.Nodes.Single(node => node.Name == name);

    private IEnumerable<Uri> Targets(ImmutableArray<ClusterNode> nodes) => nodes.Select(node => new Uri($"http://{node.Address}:{_nodePort}/"));

    private static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
