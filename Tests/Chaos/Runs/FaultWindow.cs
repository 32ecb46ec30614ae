namespace Tests.Chaos.Runs;

/// <summary>When a fault was there.</summary>
/// <param name="Killed">The members that died of it.</param>
/// <param name="Measured">Whether it was one kill and nothing else, of a cluster that was well: how long that is felt is a figure.</param>
internal sealed record FaultWindow(string Fault, IReadOnlyList<string> Killed, bool Measured, long From, long Until);
