using System.Globalization;

namespace Tests.Chaos.Recording;

/// <summary>One operation of one client: what it asked which member, between which moments, and what came of it.</summary>
/// <param name="Id">Its number in the run; the write is recorded in the journal as made by <see cref="Writer"/>.</param>
/// <param name="Start">A moment before it was sent, in ticks of the driver's stopwatch.</param>
internal sealed record Operation(int Id, int Client, string Member, OperationRequest Request, long Start)
{
    private const string Prefix = "op-";

    /// <summary>A moment after the answer had come. Of an operation without one it is the end of time: it may be carried out at any later moment.</summary>
    public long End { get; init; } = long.MaxValue;

    public Answer Answer { get; init; } = Answer.Unknown.Pending;

    /// <summary>The field manager of its writes.</summary>
    public string Writer => WriterOf(Id);

    public static string WriterOf(int id) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{id}");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"[{Id}] client {Client} at {Member}, {Moment.Of(Start)} to {(End == long.MaxValue ? "?" : Moment.Of(End))}: {Request} -> {Answer}");
}
