using System.Collections.Immutable;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>Makes the reports of one sample: one as a rule, more where there are very many containers.</summary>
public static class UsageReports
{
    /// <summary>The reports; none where there is nothing to tell.</summary>
    public static IEnumerable<ReportUsage> Of(NodeName node, long epoch, NodeUse? own, ImmutableArray<PodUse> pods)
    {
        var (part, containers) = (ImmutableArray.CreateBuilder<PodUse>(), 0);
        foreach (var pod in pods)
        {
            if (part.Count > 0 && containers + pod.Containers.Length > NodeProtocol.MaxUsedContainers)
            {
                yield return new(node, epoch, own, part.DrainToImmutable());
                (own, containers) = (null, 0);
            }
            part.Add(pod);
            containers += pod.Containers.Length;
        }
        if (own is not null || part.Count > 0) yield return new(node, epoch, own, part.DrainToImmutable());
    }
}
