using Xunit;

namespace Tests.Performance;

/// <summary>Benchmarks run one at a time, and not beside other tests.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public sealed class AloneOnTheMachine;
