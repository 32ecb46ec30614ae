using ControlPlane.Admission.Webhooks;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>Failures that don't count are told, but not each of them.</summary>
public sealed class IgnoredFailuresTests
{
    [Fact]
    public void One_is_told_in_a_second_with_the_number_of_those_before()
    {
        var (log, time) = (new Lines(), new SteppedTime());
        var failures = new IgnoredFailures(log, time);
        for (var i = 0; i < 50; i++) failures.Add("c", "h.example.com", "it is gone");
        Assert.Equal(["Failed calling webhook, failing open h.example.com of c: it is gone (and 0 more since the last of these lines)"], log.Told);
        time.Sleep(TimeSpan.FromMinutes(1));
        failures.Add("c", "h.example.com", "it is gone");
        Assert.EndsWith("(and 49 more since the last of these lines)", log.Told[1], StringComparison.Ordinal);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Add(formatter(state, exception));
    }
}
