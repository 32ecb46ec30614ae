using System.Threading.Channels;

namespace ControlPlane.Gateway;

/// <summary>Whether this process can serve: what /readyz answers.</summary>
public sealed class Readiness
{
    // Three bad answers in a row take a server out of use at the balancers' usual settings. One that hears "drain" sends nothing new from then on: when it asks again, it has heard.
    private const int AnswersToNotice = 4;
    private const int WeightOfDrain = 2;

    // Nobody who balances asks less often, on a busy machine either: a question may take HAProxy three seconds there.
    private static readonly TimeSpan NobodyAsks = TimeSpan.FromSeconds(5);
    private volatile string? _missing = "its actors";
    private readonly Channel<bool> _refusals = Channel.CreateBounded<bool>(new BoundedChannelOptions(AnswersToNotice) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _ending;

    /// <summary>What is still missing, or null once the process can serve.</summary>
    public string? Missing => _missing;

    /// <summary>Whether the process is about to end, and serves until those who balance know.</summary>
    public bool IsEnding => _ending;

    /// <summary>What /readyz answers: what is missing, or that the process is about to end; null if it is ready.</summary>
    /// <param name="drains">Whether who asks can be told to send nothing new.</param>
    public string? Ask(bool drains)
    {
        if (!_ending) return _missing;
        for (var i = 0; i < (drains ? WeightOfDrain : 1); i++) _refusals.Writer.TryWrite(true);
        return _missing ?? "its end";
    }

    /// <summary>Says what start-up is waiting for; null: nothing, it is ready.</summary>
    public void Waiting(string? @for) => _missing = @for;

    /// <summary>
    /// Lets those who ask for its readiness know that the process is about to end, while it serves on: completes when a balancer has asked often enough to send nobody here
    /// any more, or when nobody asks.
    /// </summary>
    public async Task TellOfEnd()
    {
        _ending = true;
        for (var i = 0; i < AnswersToNotice; i++)
        {
            using var patience = new CancellationTokenSource(NobodyAsks);
            try
            {
                await _refusals.Reader.ReadAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
