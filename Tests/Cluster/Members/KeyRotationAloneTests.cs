using System.Net;
using ControlPlane.Journal;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Another key for the secrets of one control plane on a SQLite file.</summary>
public sealed class KeyRotationAloneTests : IClassFixture<ControlPlaneFixture>
{
    private const string Secrets = "/api/v1/namespaces/default/secrets";
    private readonly ControlPlaneFixture _plane;

    public KeyRotationAloneTests(ControlPlaneFixture plane) => _plane = plane;

    [Fact]
    public async Task Keys_rotate_twice_and_everything_is_read_after_a_start_with_the_last()
    {
        for (var i = 0; i < 50; i++)
        {
            var secret = $$"""{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s-{{i}}" }, "data": { "v": "Yg==" } }""";
            Assert.Equal(HttpStatusCode.Created, (await _plane.Send(HttpMethod.Post, Secrets, secret)).Code);
        }
        var (nothing, why) = await _plane.Send(HttpMethod.Post, "/keys/secrets/drop");
        Assert.Equal(HttpStatusCode.Conflict, nothing);
        Assert.Contains("no old key", (string?)why["message"], StringComparison.Ordinal);

        // The second time before the first key is dropped: both go together.
        for (var key = 2; key <= 3; key++)
        {
            Assert.Equal(HttpStatusCode.OK, (await _plane.Send(HttpMethod.Post, "/keys/secrets/rotate")).Code);
            await ControlPlaneMembers.Until($"key {key} to encrypt all", async () => (await Phases()).All(phase => phase is "Retired 0" or "Writing ") && (await Phases()).Length == key);
        }
        Assert.Equal(HttpStatusCode.OK, (await _plane.Send(HttpMethod.Post, "/keys/secrets/drop")).Code);
        Assert.Equal(["Dropped 0", "Dropped 0", "Writing "], await Phases());
        Assert.Equal(HttpStatusCode.NotFound, (await _plane.Send(HttpMethod.Post, "/keys/secrets/other")).Code);

        await _plane.Restart();
        Assert.StartsWith("3 ", await File.ReadAllTextAsync(Path.Combine(_plane.Options.DataDirectory, "secrets.keys")), StringComparison.Ordinal);
        Assert.Equal(0, _plane.Host.Services.GetRequiredService<JournalReader>().Unreadable);
        Assert.Equal("Yg==", (string?)(await _plane.Send(HttpMethod.Get, $"{Secrets}/s-33")).Body["data"]!["v"]);
    }

    [Theory]
    [InlineData("GET", "/keys/secrets")]
    [InlineData("POST", "/keys/secrets/rotate")]
    [InlineData("POST", "/keys/secrets/drop")]
    public async Task Only_administrators_may_ask(string method, string path)
    {
        using var node = _plane.NewClient(_plane.Host.Pki.Node("n", [IPAddress.Loopback]).Certificate);
        Assert.Equal(HttpStatusCode.Forbidden, (await node.SendAsync(new(new(method), path))).StatusCode);
        using var nobody = _plane.NewClient();
        Assert.Equal(HttpStatusCode.Forbidden, (await nobody.SendAsync(new(new(method), path))).StatusCode);
    }

    private async Task<string[]> Phases() => [.. (await _plane.Send(HttpMethod.Get, "/keys/secrets")).Body["keys"]!.AsArray().Select(key => $"{key!["phase"]} {key["left"]}")];
}
