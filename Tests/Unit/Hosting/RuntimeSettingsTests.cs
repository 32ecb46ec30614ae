using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Hosting;

/// <summary>A property that the SDK does not know is no error to it: what it made of the settings is looked at in what ships.</summary>
public sealed class RuntimeSettingsTests
{
    [Fact]
    public void Agent_takes_one_small_heap()
    {
        var settings = Settings("NodeActor");
        Assert.False((bool?)settings["System.GC.Server"] ?? false);
        Assert.False((bool?)settings["System.GC.Concurrent"]);
        Assert.Equal(4 << 20, (int?)settings["System.GC.Gen0MaxBudget"]);
        Assert.Equal(0, (int?)settings["System.Threading.ThreadPool.UnfairSemaphoreSpinLimit"]);
    }

    [Fact]
    public void Control_plane_takes_a_heap_per_core_and_does_not_spin_when_idle()
    {
        var settings = Settings("ControlPlane");
        Assert.True((bool?)settings["System.GC.Server"]);
        Assert.False((bool?)settings["System.GC.Concurrent"]);
        Assert.Equal(0, (int?)settings["System.Threading.ThreadPool.UnfairSemaphoreSpinLimit"]);
    }

    private static JsonNode Settings(string program) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{program}.runtimeconfig.json")))!["runtimeOptions"]!["configProperties"]!;
}
