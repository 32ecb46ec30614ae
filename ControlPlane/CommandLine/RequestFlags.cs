using System.CommandLine;

namespace ControlPlane.CommandLine;

/// <summary>The flags of <c>serve</c> that say how many requests are worked on at once, called as kube-apiserver's.</summary>
internal static class RequestFlags
{
    private static readonly Option<int> Reading = new("--max-requests-inflight")
    {
        Description = "With --max-mutating-requests-inflight: how many requests are worked on at once, shared out by priority levels; those of system:masters are not counted.",
        DefaultValueFactory = _ => 400,
    };
    private static readonly Option<int> Writing = new("--max-mutating-requests-inflight") { Description = "See --max-requests-inflight: it is the sum of both that counts.", DefaultValueFactory = _ => 200 };

    public static readonly Option[] All = [Reading, Writing];

    /// <summary>How many requests are worked on at once.</summary>
    /// <exception cref="CommandFailedException">It can't be so many; the message names the flag.</exception>
    public static int Read(ParseResult parse) => Count(parse, Reading) + Count(parse, Writing);

    private static int Count(ParseResult parse, Option<int> option) =>
        parse.GetValue(option) is >= 1 and <= 1_000_000 and var count ? count : throw new CommandFailedException($"{option.Name} '{parse.GetValue(option)}' is not between 1 and 1000000.");
}
