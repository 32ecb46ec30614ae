using ControlPlane.CommandLine;
using k8s;
using k8s.Models;
using Microsoft.Data.Sqlite;
using Tests.Support;
using WebsiteOperator;
using Xunit;

namespace Tests.EndToEnd.Clients;

/// <summary>The reflector of the example operator, through what may happen to the control plane that it watches.</summary>
public sealed class ReflectorTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>, IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private Kubernetes _client = null!;
    private Reflector<V1Secret> _reflector = null!;
    private Task _running = null!;
    private int _lists;

    public async Task InitializeAsync()
    {
        _client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Options.KubeconfigFile));
        _reflector = new(List, Watch, _ => { });
        _running = _reflector.Run(_stop.Token);
        await _reflector.Listed.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, _lists);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _client.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_goes_on_where_it_was_when_the_control_plane_was_started_anew()
    {
        await Create("kept");
        await Create("lost");
        await Knows("kept", "lost");

        await cluster.Restart();
        await _client.CoreV1.DeleteNamespacedSecretAsync("lost", "default");
        await Create("new");

        await Knows("kept", "new");
        Assert.Equal(1, _lists);
    }

    [Fact]
    public async Task It_lists_anew_when_its_version_means_nothing_any_more()
    {
        var file = Path.Combine(cluster.Options.DataDirectory, "backup");
        await Create("saved");
        Assert.Equal(0, await ActorsCommand.Run(["backup", file, "--data", cluster.Options.DataDirectory]));
        await Create("later");
        await ControlPlaneMembers.Until("the reflector to know what is not saved", () => Task.FromResult(_reflector.Find("default", "later") is not null));

        await cluster.Restart(async () =>
        {
            // This process has been the control plane, and would find the file that is deleted once more.
            SqliteConnection.ClearAllPools();
            foreach (var part in Directory.GetFiles(cluster.Options.DataDirectory, "journal.db*")) File.Delete(part);
            Assert.Equal(0, await ActorsCommand.Run(["restore", file, "--data", cluster.Options.DataDirectory]));
        });

        await ControlPlaneMembers.Until("the reflector to know that it is lost", () => Task.FromResult(_reflector.Find("default", "later") is null));
        Assert.NotNull(_reflector.Find("default", "saved"));
        Assert.Equal(2, _lists);
    }

    private Task Knows(params string[] names) => ControlPlaneMembers.Until($"the reflector to know {string.Join(" and ", names)} alone", () =>
        Task.FromResult(((string[])["kept", "lost", "new"]).All(name => names.Contains(name) == (_reflector.Find("default", name) is not null))));

    private async Task<(IEnumerable<V1Secret> Items, string Version)> List(CancellationToken stop)
    {
        _lists++;
        var list = await _client.CoreV1.ListNamespacedSecretAsync("default", cancellationToken: stop);
        return (list.Items, list.Metadata.ResourceVersion);
    }

    private IAsyncEnumerable<(WatchEventType, V1Secret)> Watch(string version, Action<Exception> failed, CancellationToken stop) =>
        _client.CoreV1.WatchListNamespacedSecretAsync("default", resourceVersion: version, onError: failed, cancellationToken: stop);

    private Task Create(string name) => _client.CoreV1.CreateNamespacedSecretAsync(new() { Metadata = new() { Name = name } }, "default");
}
