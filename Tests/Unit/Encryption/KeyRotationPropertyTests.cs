using Xunit;

namespace Tests.Unit.Encryption;

/// <summary>Whatever members do and in whatever order while keys rotate, none meets a row that it can't read; and every guard is needed for that.</summary>
public sealed class KeyRotationPropertyTests
{
    private const int Cases = 3000;
    private const int Steps = 120;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Nobody_ever_meets_a_row_that_can_not_be_read(int members)
    {
        var dropped = 0;
        for (var seed = 0; seed < Cases; seed++)
        {
            var model = Run(seed, KeyGuard.None, members);
            Assert.True(model.Violation is null, $"seed {seed}: {model.Violation}");
            dropped += model.Dropped;
        }
        Assert.True(dropped > Cases / 2, $"only {dropped} keys came to their end: the cases are too short to show anything");
    }

    [Theory]
    [InlineData(KeyGuard.AllHoldItFirst)]
    [InlineData(KeyGuard.FenceAtWrites)]
    [InlineData(KeyGuard.CountBeforeDrop)]
    [InlineData(KeyGuard.KeysBeforeRows)]
    [InlineData(KeyGuard.DroppedStayInMemory)]
    public void Without_a_guard_somebody_does(KeyGuard guard) => Assert.Contains(Enumerable.Range(0, Cases), seed => Run(seed, guard, 3).Violation is not null);

    private static KeyRotationModel Run(int seed, KeyGuard without, int members)
    {
        var model = new KeyRotationModel(seed, without, members);
        for (var step = 0; step < Steps && model.Violation is null; step++) model.Step();
        return model;
    }
}
