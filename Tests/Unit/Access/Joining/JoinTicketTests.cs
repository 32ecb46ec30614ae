using System.Net;
using ControlPlane.Access.Joining;
using ControlPlane.Objects;
using Shared.Joining;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Access.Joining;

/// <summary>Tokens to join with: how they are written, what is refused, how often one may be wrong.</summary>
public sealed class JoinTicketTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void Ticket_is_read_as_it_is_written()
    {
        for (var i = 0; i < 1000; i++)
        {
            var ticket = new JoinTicket(BootstrapToken.New(), Hash, i % 2 == 0 ? "10.0.0.1" : "api.example", 1 + (i * 65));
            Assert.True(JoinTicket.TryParse(ticket.ToString(), out var read, out _));
            Assert.Equal(ticket, read);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcdef.0123456789abcdef@h:1")]
    [InlineData("ABCDEF.0123456789abcdef.{hash}@h:1")]
    [InlineData("abcdef.0123456789abcde.{hash}@h:1")]
    [InlineData("abcdef.0123456789abcdef.{hash}")]
    [InlineData("abcdef.0123456789abcdef.{hash}@h")]
    [InlineData("abcdef.0123456789abcdef.{hash}@h:0")]
    [InlineData("abcdef.0123456789abcdef.{hash}@h:65536")]
    [InlineData("abcdef.0123456789abcdef.{hash}@h:1\n")]
    [InlineData("abcdef.0123456789abcdef.{hash}@a/b:1")]
    public void Anything_else_is_refused_without_repeating_the_secret(string text)
    {
        Assert.False(JoinTicket.TryParse(text.Replace("{hash}", Hash, StringComparison.Ordinal), out _, out var fault));
        Assert.Contains("TOKEN@HOST:PORT", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcde", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_is_shown_without_its_secret()
    {
        var token = BootstrapToken.New();
        Assert.DoesNotContain(token.Secret, $"{token}", StringComparison.Ordinal);
    }

    [Fact]
    public void Token_lets_in_for_its_purpose_until_it_expires()
    {
        var token = BootstrapToken.New();
        var secret = Stored(token, JoinPurpose.Node, Now.AddMinutes(15));
        Assert.Null(BootstrapTokenSecret.Refusal(secret, token, JoinPurpose.Node, Now));
        Assert.Null(BootstrapTokenSecret.Refusal(secret, token, JoinPurpose.Node, Now.AddMinutes(15).AddTicks(-1)));
        Contains("has expired", BootstrapTokenSecret.Refusal(secret, token, JoinPurpose.Node, Now.AddMinutes(15)));
        Contains("another purpose", BootstrapTokenSecret.Refusal(secret, token, JoinPurpose.ControlPlane, Now));
        Contains("another purpose", BootstrapTokenSecret.Refusal(Stored(token, JoinPurpose.ControlPlane, Now.AddMinutes(1)), token, JoinPurpose.Node, Now));
    }

    [Fact]
    public void Who_has_not_the_secret_learns_nothing_about_a_token()
    {
        var token = BootstrapToken.New();
        var wrong = token with { Secret = new('0', 16) };
        var unknown = BootstrapTokenSecret.Refusal(null, wrong, JoinPurpose.Node, Now);
        Contains("not known", unknown);
        foreach (var expires in (DateTimeOffset[])[Now.AddHours(1), Now.AddHours(-1)])
        {
            foreach (var purpose in Enum.GetValues<JoinPurpose>()) Assert.Equal(unknown, BootstrapTokenSecret.Refusal(Stored(token, purpose, expires), wrong, JoinPurpose.Node, Now));
        }
    }

    [Theory]
    [InlineData("type", "Opaque", "not known")]
    [InlineData("token-id", "eHh4eHh4", "not known")]
    [InlineData("token-secret", "", "not known")]
    [InlineData("expiration", "eA==", "has expired")]
    [InlineData("usage-bootstrap-authentication", "ZmFsc2U=", "not for joining")]
    public void Secret_that_is_not_quite_a_token_lets_nobody_in(string member, string value, string why)
    {
        var token = BootstrapToken.New();
        var tree = Stored(token, JoinPurpose.Node, Now.AddHours(1)).ToJsonObject();
        if (member == "type") tree["type"] = value;
        else tree["data"]![member] = value;
        Contains(why, BootstrapTokenSecret.Refusal(new(BootstrapTokenSecret.Key(token.Id), ObjectJson.ToUtf8(tree), 1), token, JoinPurpose.Node, Now));
    }

    [Fact]
    public void Expired_tokens_and_nothing_else_are_deleted_in_the_version_that_was_seen()
    {
        var (old, good) = (BootstrapToken.New(), BootstrapToken.New());
        var opaque = Stored(old, JoinPurpose.Node, Now.AddHours(-1)).ToJsonObject();
        opaque["type"] = "Opaque";
        StoredObject[] secrets =
        [
            Stored(old, JoinPurpose.Node, Now),
            Stored(good, JoinPurpose.ControlPlane, Now.AddSeconds(1)),
            new(BootstrapTokenSecret.Key("zzzzzz"), ObjectJson.ToUtf8(opaque), 1),
        ];
        var deletion = Assert.IsType<DeleteObject>(Assert.Single(TokenExpiryActor.Plan(secrets, Now)));
        Assert.Equal(BootstrapTokenSecret.Key(old.Id), deletion.Key);
        Assert.Equal(7, deletion.Preconditions.ResourceVersion);
    }

    [Fact]
    public void Address_that_fails_too_often_waits_and_others_do_not()
    {
        var time = new SteppedTime();
        var limit = new FailureLimit(time);
        var (bad, good) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        for (var i = 0; i < FailureLimit.Most; i++)
        {
            Assert.Equal(0, limit.Wait(bad));
            limit.Failed(bad);
        }
        Assert.Equal(60, limit.Wait(bad));
        Assert.Equal(0, limit.Wait(good));
        time.Sleep(FailureLimit.Window);
        limit.Failed(good);
        Assert.Equal(0, limit.Wait(bad));
    }

    [Fact]
    public void Flood_of_addresses_takes_no_memory_and_makes_strangers_wait()
    {
        var limit = new FailureLimit(new SteppedTime());
        for (var i = 0; i < FailureLimit.MostAddresses + 10; i++) limit.Failed(new IPAddress(i + 1));
        Assert.True(limit.Wait(IPAddress.Parse("10.0.0.2")) > 0);
        Assert.Equal(0, limit.Wait(new IPAddress(1)));
    }

    private static StoredObject Stored(BootstrapToken token, JoinPurpose purpose, DateTimeOffset expires)
    {
        var tree = BootstrapTokenSecret.Render(token, purpose, expires);
        var data = new System.Text.Json.Nodes.JsonObject();
        foreach (var (key, value) in tree["stringData"]!.AsObject()) data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes((string)value!));
        tree.Remove("stringData");
        tree["data"] = data;
        tree["metadata"]!["uid"] = "u";
        return new(BootstrapTokenSecret.Key(token.Id), ObjectJson.ToUtf8(tree), 7);
    }

    private static void Contains(string expected, string? why) => Assert.Contains(expected, why ?? "", StringComparison.Ordinal);
}
