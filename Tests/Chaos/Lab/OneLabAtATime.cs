using Xunit;

namespace Tests.Chaos.Lab;

/// <summary>Labs fill the machine: there is one at a time.</summary>
[CollectionDefinition(nameof(OneLabAtATime))]
public sealed class OneLabAtATime;
