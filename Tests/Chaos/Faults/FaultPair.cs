namespace Tests.Chaos.Faults;

/// <summary>Two things go wrong at once.</summary>
internal sealed class FaultPair(IFault first, IFault second) : IFault
{
    public string Name => $"{first.Name}; {second.Name}";

    public IFault First => first;

    public IFault Second => second;

    public async Task Inject()
    {
        await first.Inject();
        await second.Inject();
    }

    public async Task Heal()
    {
        try
        {
            await first.Heal();
        }
        finally
        {
            await second.Heal();
        }
    }
}
