using ControlPlane.Access;
using Xunit;

namespace Tests.Unit.Access;

/// <summary>The file of <c>--token-auth-file</c>.</summary>
public sealed class TokenFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Lines_name_users_with_and_without_groups()
    {
        File.WriteAllText(_file, "# comment\na,jane,1,\"dev,ops\"\n\nb,joe,\nc,\"smith, john\",3,dev\n");
        Assert.Equal(
            ["a=jane/1/dev ops system:authenticated", "b=joe//system:authenticated", "c=smith, john/3/dev system:authenticated"],
            TokenFile.Read(_file).Select(entry => $"{entry.Token}={entry.User.Name}/{entry.User.Uid}/{string.Join(' ', entry.User.Groups)}"));
    }

    [Theory]
    [InlineData("good,u,1\nsecret-token,user\n", "line 2")]
    [InlineData("secret-token,,1\n", "line 1")]
    [InlineData(",user,1\n", "line 1")]
    [InlineData("\"secret-token,user,1\n", "line 1")]
    public void Fault_names_the_line_and_no_token(string text, string where)
    {
        File.WriteAllText(_file, text);
        var fault = Assert.Throws<FormatException>(() => TokenFile.Read(_file));
        Assert.Contains(where, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", fault.Message, StringComparison.Ordinal);
    }
}
