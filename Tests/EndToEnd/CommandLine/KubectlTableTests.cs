using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shared.Json;
using Shared.Processes;
using Tests.Cluster.NodeLink;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Runs what <c>docs/kubectl.md</c> says works, row by row, as a user would.</summary>
public sealed partial class KubectlTableTests(HollowNodes cluster) : IClassFixture<HollowNodes>
{
    private const string Refused = "Not yet";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Rows_of_the_table_print_what_it_says()
    {
        var document = await File.ReadAllTextAsync(Checkout.Path("docs", "kubectl.md"));
        var folder = Directory.CreateTempSubdirectory("actors-test-").FullName;
        foreach (Match file in Files().Matches(document)) await File.WriteAllTextAsync(Path.Combine(folder, file.Groups["name"].Value), file.Groups["text"].Value);
        await cluster.StartNodes("table", 3);
        var version = await Version();
        var (section, run) = ("", 0);
        foreach (var line in document.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) section = line[3..];
            if (Row().Match(line) is not { Success: true } row || (row.Groups["since"] is { Success: true, Value: var since } && version < System.Version.Parse(since))) continue;
            await Check(folder, row.Groups["command"].Value.Replace("\\|", "|", StringComparison.Ordinal), row.Groups["prints"].Value, section != Refused);
            run++;
        }
        Directory.Delete(folder, recursive: true);

        // A table that the pattern does not find would pass.
        Assert.InRange(run, 80, 200);
    }

    private async Task Check(string folder, string command, string prints, bool succeeds)
    {
        using var bound = new CancellationTokenSource(Patience);
        while (true)
        {
            var result = await Shell(folder, command);
            if (result.Succeeded == succeeds && (result.Output + result.Error).Contains(prints, StringComparison.Ordinal)) return;

            // What is only read may come a moment later.
            Assert.True(OnlyReads().IsMatch(command) && !bound.IsCancellationRequested, $"{command}\nends {(result.Succeeded ? "well" : "badly")} and prints\n{result.Output}{result.Error}\nwithout '{prints}'");
        }
    }

    private Task<ProgramResult> Shell(string folder, string command) =>
        ExternalProgram.TryRun("bash", ["-c", $"cd '{folder}' && export KUBECONFIG='{cluster.Options.KubeconfigFile}' && {command}"]);

    private static async Task<Version> Version()
    {
        var client = JsonNode.Parse(await ExternalProgram.Run("kubectl", ["version", "--client", "-o", "json"])).Child("clientVersion");
        return System.Version.Parse($"{client.Text("major")}.{client.Text("minor").TrimEnd('+')}");
    }

    [GeneratedRegex(@"^```yaml (?<name>\S+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Files();

    [GeneratedRegex(@"^\| `(?<command>.+?)` \| (`(?<prints>[^`]+)`)? ?\|( (?<since>[\d.]+) \|)?$")]
    private static partial Regex Row();

    [GeneratedRegex(@"^kubectl (get|describe|top|events|explain|auth|api-resources|api-versions) ")]
    private static partial Regex OnlyReads();
}
