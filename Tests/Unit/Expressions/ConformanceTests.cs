using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>The public conformance tests of CEL, as data: see README.md beside it.</summary>
public sealed class ConformanceTests
{
    [Theory]
    [InlineData("basic", 43, 0)]
    [InlineData("bindings_ext", 6, 2)]
    [InlineData("comparisons", 334, 72)]
    [InlineData("conversions", 109, 0)]
    [InlineData("fields", 60, 0)]
    [InlineData("fp_math", 30, 0)]
    [InlineData("integer_math", 64, 0)]
    [InlineData("lists", 39, 0)]
    [InlineData("logic", 30, 0)]
    [InlineData("macros", 44, 0)]
    [InlineData("macros2", 46, 0)]
    [InlineData("namespace", 3, 11)]
    [InlineData("network_ext", 69, 0)]
    [InlineData("optionals", 59, 11)]
    [InlineData("parse", 193, 26)]
    [InlineData("plumbing", 5, 0)]
    [InlineData("string", 51, 0)]
    [InlineData("string_ext", 213, 3)]
    [InlineData("timestamps", 77, 1)]
    [InlineData("type_deduction", 21, 26)]
    public void A_file_of_cases_passes(string file, int expected, int leftOut)
    {
        var content = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(), $"{file}.json")))!;
        var cases = ConformanceCase.Read(file, content);
        Assert.Equal(expected, cases.Count);
        Assert.Equal(leftOut, content["leftOut"]!.AsObject().Sum(reason => (int)reason.Value!));
        var failures = cases.Select(@case => (@case.Name, Failure: @case.Run())).Where(run => run.Failure is not null).ToArray();
        Assert.True(failures.Length == 0, string.Join('\n', failures.Select(failure => $"{failure.Name}: {failure.Failure}")));
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "TestData");
}
