using ControlPlane.CommandLine.Clusters;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Compose;

/// <summary>The services of <c>docker-compose.yml</c>, on images made here.</summary>
internal sealed class ComposedCluster(DockerEngine engine)
{
    /// <summary>All services but the one that makes the keys and ends.</summary>
    public const int Lasting = 8;

    private const string Base = "actors-test/base";
    private const string Sdk = "actors-test/sdk";
    private const string Database = "actors-test/postgres";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private string Kubeconfig => Path.Combine(engine.Folder, "admin.kubeconfig");

    /// <summary>Builds what all services need.</summary>
    public async Task Build()
    {
        await BaseImage.Import(engine, Base, Workshop("base"));
        await StandIns.BuildSdk(engine, Sdk, Base, Workshop("sdk"));
        await StandIns.BuildDatabase(engine, Database, Base, PostgresPrograms.Newest()!, Workshop("database"));
        await Compose("build");
    }

    /// <summary>Starts what does not run, and waits until every service says that it is well.</summary>
    public async Task Up()
    {
        await Compose("up", "--detach");
        await Until("all services are healthy", async () => (await Lines("docker", "ps", "--quiet", "--filter", "health=healthy")).Length == Lasting);
        await File.WriteAllTextAsync(Kubeconfig, await Compose("exec", "-T", "control-plane-1", "cat", "/keys/admin.kubeconfig"));
    }

    /// <summary>Runs a verb of docker-compose.</summary>
    public Task<string> Compose(params string[] arguments) => engine.Run([.. ComposeCommand, .. arguments]);

    /// <summary>Runs a verb of docker-compose that reads a file.</summary>
    public Task<string> ComposeWith(string input, params string[] arguments) => engine.Run(["sh", "-c", "exec \"$@\" <\"$0\"", input, .. ComposeCommand, .. arguments]);

    /// <summary>Runs kubectl at the published port, and tells what the services said if it fails.</summary>
    public async Task<string> Kubectl(params string[] arguments)
    {
        var result = await TryKubectl(arguments);
        if (!result.Succeeded) Assert.Fail($"kubectl {string.Join(' ', arguments)}: {result.Error}\n{await Told()}");
        return result.Output;
    }

    /// <inheritdoc cref="Kubectl"/>
    public Task<ProgramResult> TryKubectl(params string[] arguments) => engine.TryRun(["kubectl", "--kubeconfig", Kubeconfig, .. arguments]);

    /// <summary>What a program of the engine lists.</summary>
    public async Task<string[]> Lines(params string[] command) => (await engine.Run(command)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Waits for a phase, and tells what the services said if it does not come.</summary>
    public async Task Until(string phase, Func<Task<bool>> condition)
    {
        if (await Waiting.Until(condition, Patience, CancellationToken.None)) return;
        Assert.Fail($"{phase}: not after {Patience}.\n{await Told()}");
    }

    private async Task<string> Told() => string.Join('\n',
        await engine.Run("docker", "ps", "--all", "--format", "{{.Names}} {{.Status}}"),
        (await TryKubectl("get", "pods,replicasets,nodes", "--output=wide", "--request-timeout=5s")).Output,
        (await TryKubectl("get", "events", "--request-timeout=5s")).Output,
        await Compose("logs", "--no-color", "--tail", "15"));

    private static string[] ComposeCommand =>
        ["env", $"ACTORS_BASE_IMAGE={Base}", $"ACTORS_SDK_IMAGE={Sdk}", $"ACTORS_DATABASE_IMAGE={Database}", "docker-compose", "--project-name", "actors", "--file", Checkout.Path("docker-compose.yml")];

    private string Workshop(string name) => Directory.CreateDirectory(Path.Combine(engine.Folder, "workshop", name)).FullName;
}
