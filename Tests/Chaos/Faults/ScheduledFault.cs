namespace Tests.Chaos.Faults;

/// <summary>A fault, how long it lasts and how long nothing happens after it.</summary>
/// <param name="UntilReady">Whether the rest begins when every member is ready again.</param>
internal sealed record ScheduledFault(IFault Fault, TimeSpan Lasting, TimeSpan Rest, bool UntilReady = true);
