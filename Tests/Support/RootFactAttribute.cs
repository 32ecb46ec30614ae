using Xunit;

namespace Tests.Support;

/// <summary>A test that makes network namespaces or runs containers: it is skipped, visibly, where that can't be.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) Skip = "Needs root on Linux.";
    }
}
