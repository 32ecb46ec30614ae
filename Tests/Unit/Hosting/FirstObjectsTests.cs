using ControlPlane.Admission.Webhooks;
using ControlPlane.Hosting;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Hosting;

/// <summary>What a control plane makes sure of before it serves.</summary>
public sealed class FirstObjectsTests
{
    /// <summary>A webhook that is away, or a policy that refuses all, would otherwise keep every control plane from starting.</summary>
    [Fact]
    public void Nothing_of_users_is_asked_about_any_of_them()
    {
        var store = new ObjectStore();
        foreach (var command in FirstObjects.Missing(store.Cache).SelectMany(step => step))
        {
            var kind = TestCatalogue.Default.FindStored(command.Key.GroupResource)!;
            var write = ObjectDecider.Propose(kind, null, command, store.Now).Write;
            Assert.True(SelfRepair.NeedsNoPolicies(write!), $"{command.Key} by {command.By.User}");
            Assert.True(SelfRepair.Needs(write!, new HashSet<Shared.Api.ObjectKey>(), store.Cache), $"{command.Key} by {command.By.User}");
        }
    }

    [Fact]
    public void Once_they_are_there_nothing_is_missing()
    {
        var store = new ObjectStore();
        foreach (var step in FirstObjects.Missing(store.Cache))
        {
            foreach (var command in step.ToArray()) Assert.IsType<ObjectAccepted>(store.Do(command));
        }
        Assert.Empty(FirstObjects.Missing(store.Cache).SelectMany(step => step));
    }
}
