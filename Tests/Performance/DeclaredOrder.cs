using Xunit.Abstractions;
using Xunit.Sdk;

namespace Tests.Performance;

/// <summary>The place of a test in its class.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OrderAttribute(int place) : Attribute
{
    public int Place { get; } = place;
}

/// <summary>Runs the tests of a class by their <see cref="OrderAttribute"/>.</summary>
public sealed class DeclaredOrder : ITestCaseOrderer
{
    /// <inheritdoc/>
    public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
        where TTestCase : ITestCase =>
        testCases.OrderBy(test => (int?)test.TestMethod.Method.GetCustomAttributes(typeof(OrderAttribute).AssemblyQualifiedName).SingleOrDefault()?.GetConstructorArguments().Single());
}
