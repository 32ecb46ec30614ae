using CsCheck;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class NftTablePropertyTests
{
    private static readonly NodeName Here = new("node-1");

    /// <summary>Whatever views follow each other, and though some texts are never written: the changes lead to the table that would have been written whole.</summary>
    [Fact]
    public void Changes_lead_from_any_view_to_any_other() =>
        Gen.Select(RandomServices.World, Gen.Bool).Array[1, 8].Sample(steps =>
        {
            var programmed = new ProgrammedServices(Here, ProxyObjects.Network);
            var kernel = new NftModel();
            kernel.Run(programmed.Table.Whole());
            foreach (var (world, isWritten) in steps)
            {
                programmed.Update(RandomServices.Services(world), RandomServices.Slices(world));
                if (!isWritten) continue;
                foreach (var step in programmed.Table.Changes()) kernel.Run(step);
                programmed.Table.Written();
                Assert.Equal(Whole(world), kernel.Contents);
                Assert.Empty(programmed.Table.Changes());
            }
        }, iter: 2000);

    [Fact]
    public void Whole_is_the_same_after_any_history() =>
        RandomServices.World.Array[1, 6].Sample(worlds =>
        {
            var programmed = new ProgrammedServices(Here, ProxyObjects.Network);
            foreach (var world in worlds) programmed.Update(RandomServices.Services(world), RandomServices.Slices(world));
            var kernel = new NftModel();
            kernel.Run(programmed.Table.Whole());
            kernel.Run(programmed.Table.Whole());
            Assert.Equal(Whole(worlds[^1]), kernel.Contents);
        }, iter: 500);

    private static string Whole(RandomServices.One[] world)
    {
        var programmed = new ProgrammedServices(Here, ProxyObjects.Network);
        programmed.Update(RandomServices.Services(world), RandomServices.Slices(world));
        var kernel = new NftModel();
        kernel.Run(programmed.Table.Whole());
        return kernel.Contents;
    }
}
