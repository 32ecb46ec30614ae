namespace Tests.Chaos.Faults;

/// <summary>Nothing goes wrong.</summary>
internal sealed class NoFault : IFault
{
    public string Name => "no fault";

    public Task Inject() => Task.CompletedTask;

    public Task Heal() => Task.CompletedTask;
}
