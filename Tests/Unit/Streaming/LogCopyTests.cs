using System.IO.Pipelines;
using System.Text;
using NodeActor.Streaming;
using Xunit;

namespace Tests.Unit.Streaming;

public sealed class LogCopyTests : IDisposable
{
    private static readonly LogRequest All = new(false, false, false, null, null, null);
    private readonly string _folder = Directory.CreateTempSubdirectory("logs-").FullName;

    private string Log => Path.Combine(_folder, "0.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Lines_come_without_the_runtimes_prefix() => Assert.Equal("one\ntwo  words\n\n", await Read(All, Line(1, "one"), Line(2, "two  words"), Line(3, "")));

    [Fact]
    public async Task Partial_lines_are_joined() => Assert.Equal("begin-end\nnext\n", await Read(All, Line(1, "begin-", "P"), Line(2, "end"), Line(3, "next")));

    [Fact]
    public async Task Timestamps_come_once_for_a_joined_line() => Assert.Equal(
        "2030-01-01T00:00:01.000000001Z begin-end\n2030-01-01T00:00:03.000000001Z next\n",
        await Read(All with { Timestamps = true }, Line(1, "begin-", "P"), Line(2, "end"), Line(3, "next")));

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "three\n")]
    [InlineData(2, "two\nthree\n")]
    [InlineData(9, "one\ntwo\nthree\n")]
    public async Task Tail_counts_lines_from_the_end(int lines, string expected) =>
        Assert.Equal(expected, await Read(All with { Tail = lines }, Line(1, "one"), Line(2, "two"), Line(3, "three")));

    [Fact]
    public async Task Tail_of_a_large_file_is_found_from_its_end()
    {
        var lines = Enumerable.Range(0, 20_000).Select(one => Line(one % 60, $"line {one} {new string('x', one % 50)}")).ToArray();
        Assert.Equal(5_000, (await Read(All with { Tail = 5_000 }, lines)).Split('\n').Length - 1);
    }

    [Fact]
    public async Task Since_skips_what_is_older() =>
        Assert.Equal("two\nthree\n", await Read(All with { Since = new(2030, 1, 1, 0, 0, 2, TimeSpan.Zero) }, Line(1, "one"), Line(2, "two"), Line(3, "three")));

    [Fact]
    public async Task Limit_counts_bytes() => Assert.Equal("one\ntw", await Read(All with { Limit = 6 }, Line(1, "one"), Line(2, "two")));

    [Fact]
    public async Task Following_goes_on_over_a_rotation_and_ends_with_the_container()
    {
        File.WriteAllText(Log, Line(1, "one"));
        var runs = true;
        var pipe = new Pipe();
        var copy = new LogCopy(All with { Follow = true }, Log, _ => Task.FromResult(runs), TimeProvider.System);
        var copying = copy.RunAsync(pipe.Writer, CancellationToken.None);
        using var reader = new StreamReader(pipe.Reader.AsStream());
        Assert.Equal("one", await Next(reader));
        File.AppendAllText(Log, Line(2, "two"));
        Assert.Equal("two", await Next(reader));
        File.Move(Log, Log + ".20300101-000000");
        File.AppendAllText(Log + ".20300101-000000", Line(3, "three"));
        File.WriteAllText(Log, Line(4, "four"));
        Assert.Equal("three", await Next(reader));
        Assert.Equal("four", await Next(reader));
        runs = false;
        await copying.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("tailLines=-1", "tailLines must be greater than or equal to 0")]
    [InlineData("sinceSeconds=0", "sinceSeconds must be greater than or equal to 1")]
    [InlineData("limitBytes=x", "invalid limitBytes: x")]
    [InlineData("follow=maybe", "invalid follow: maybe")]
    public void Bad_query_says_what_is_wrong(string query, string expected)
    {
        var parts = query.Split('=');
        var (request, error) = LogRequest.Parse(name => name == parts[0] ? parts[1] : null, DateTimeOffset.UnixEpoch);
        Assert.Null(request);
        Assert.Equal(expected, error);
    }

    private static string Line(int second, string text, string tag = "F") => $"2030-01-01T00:00:{second:00}.000000001Z stdout {tag} {text}\n";

    private static async Task<string?> Next(StreamReader reader) => await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));

    private async Task<string> Read(LogRequest request, params string[] lines)
    {
        File.WriteAllText(Log, string.Concat(lines));
        var output = new MemoryStream();
        var writer = PipeWriter.Create(output, new(leaveOpen: true));
        await new LogCopy(request, Log, _ => Task.FromResult(false), TimeProvider.System).RunAsync(writer, CancellationToken.None);
        await writer.CompleteAsync();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
