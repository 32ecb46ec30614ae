namespace Tests.Chaos.Faults;

/// <summary>Something that goes wrong with a cluster, and is put right again.</summary>
internal interface IFault
{
    /// <summary>What it is, and where, in a few words.</summary>
    string Name { get; }

    /// <summary>Does it.</summary>
    Task Inject();

    /// <summary>Puts it right; completes when that is done, not when the cluster has recovered.</summary>
    Task Heal();
}
