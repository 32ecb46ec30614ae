using Shared.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Tests.EndToEnd.Clients;

/// <summary>What programs do with the official client for JavaScript: each check is a function of <c>client-checks.mjs</c>.</summary>
[Collection(ClientsTests.Name)]
public sealed class JavaScriptClientTests(ClientsCluster cluster, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Checks_of_the_client_pass()
    {
        var checks = Path.Combine(await NodePackages.Install(), "client-checks.mjs");
        var arguments = new[] { checks, cluster.Options.KubeconfigFile, await cluster.NewNamespace() };
        using var bound = new CancellationTokenSource(Patience);
        var result = await ExternalProgram.TryRun("node", arguments, stop: bound.Token);
        output.WriteLine(result.Output);
        Assert.True(result.Succeeded, $"exit code {result.ExitCode}\n{result.Output}{result.Error}");

        // A script that ends before its first check would pass.
        Assert.InRange(result.Output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)), 14, 50);
    }
}
