using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>No text makes the engine fail otherwise than by an error, and programs may be shared.</summary>
public sealed class RobustnessTests
{
    private static readonly string[] Pieces =
    [
        "x", "y", "self", "a", "1", "2u", "1.5", "'s'", "b'b'", "r'\\'", "true", "null", "[", "]", "{", "}", "(", ")", ".", ",", "?", ":", "+", "-", "*", "/", "%",
        "==", "!=", "<", ">=", "&&", "||", "!", " in ", "size", "has", "all", "exists", "map", "filter", "(x, x)", ".all(a, ", ".map(a, ", ".matches('a+')", "[0]", ".?a",
        "[?0]", "optional.of(", "cel.bind(a, ", "timestamp(", "duration('1s')", "type(", "dyn(", "Object{a: ", ".format([", "\"\"\"", "0x1F", "1e3", "//", "\n", "`a-b`", "é", "\u0000",
        "quantity('1')", "ip('::1')", ".sort()", ".split('')", "int(", "string(", "\\",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Soup_of_tokens_is_an_error_or_a_value(int seed)
    {
        var random = new Random(seed);
        var environment = CelEnvironment.Kubernetes.WithMessages(MutationMessages.Instance).With("x", CelType.Dyn).With("y", CelType.List(CelType.Int)).With("self", CelType.Dyn);
        var values = new CelActivation
        {
            ["x"] = CelValue.Of(JsonNode.Parse("""{"a":[1,"b",null,{"a":true}],"b":1.5}"""), CelType.Dyn),
            ["y"] = CelValue.Of(JsonNode.Parse("[3,1,2]"), CelType.List(CelType.Int)),
            ["self"] = CelValue.Of(JsonNode.Parse("\"text\""), CelType.Dyn),
        };
        var compiled = 0;
        for (var round = 0; round < 15_000; round++)
        {
            var text = new StringBuilder();
            for (var left = random.Next(1, 14); left > 0; left--) text.Append(Pieces[random.Next(Pieces.Length)]);
            foreach (var program in (CelProgram?[])[environment.Compile(text.ToString()).Program, environment.Unchecked().Compile(text.ToString()).Program])
            {
                if (program is null) continue;
                compiled++;
                var result = program.Evaluate(values, new(10_000));
                if (result.Error is null) _ = result.Value.ToString();
                var estimate = program.EstimateCost();
                Assert.True(result.Cost <= estimate, $"{text} costs {result.Cost}, more than the estimate of {estimate}");
            }
        }
        Assert.True(compiled > 100, $"only {compiled} texts were expressions");
    }

    [Fact]
    public void Random_characters_are_an_error_or_a_value()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(4) == 0 ? (char)random.Next(0xFFFF) : (char)random.Next(32, 127))]);
            var compiled = CelEnvironment.Kubernetes.Compile(text);
            Assert.Equal(compiled.Program is null, compiled.ErrorText.Length > 0);
        }
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{1: ", "}")]
    [InlineData("-", "")]
    [InlineData("!", "")]
    [InlineData("size(", ")")]
    [InlineData("true ? 1 : ", "")]
    [InlineData("[1].map(x, ", ")")]
    [InlineData("cel.bind(x, 1, ", ")")]
    [InlineData("1 + ", "")]
    [InlineData("1 - (", ")")]
    [InlineData("x || ", "")]
    [InlineData("optional.of(", ")")]
    public void Depth_and_length_have_bounds(string before, string after)
    {
        foreach (var depth in (int[])[10, 200, 390, 20_000])
        {
            var text = string.Concat(Enumerable.Repeat(before, depth)) + "1" + string.Concat(Enumerable.Repeat(after, depth));
            OnSmallStack(() => _ = CelEnvironment.Kubernetes.With("x", CelType.Dyn).Compile(text).Program?.Evaluate(new(), new()));
        }
    }

    [Theory]
    [InlineData(".a")]
    [InlineData("[0]")]
    [InlineData(".?a")]
    [InlineData(".size()")]
    public void Chains_have_bounds(string link)
    {
        foreach (var depth in (int[])[10, 390, 15_000])
        {
            OnSmallStack(() => _ = CelEnvironment.Kubernetes.With("x", CelType.Dyn).Compile("x" + string.Concat(Enumerable.Repeat(link, depth))).Program?.Evaluate(new(), new()));
        }
    }

    [Fact]
    public void A_long_text_is_an_error()
    {
        var error = Assert.Single(CelEnvironment.Kubernetes.Compile(new string(' ', 70_000) + "1").Errors);
        Assert.StartsWith("expression code point size exceeds limit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_terms_of_one_operator_are_no_depth()
    {
        Assert.True(Rule.Run(string.Join(" || ", Enumerable.Repeat("false", 3000)) + " || true").IsTrue);
        Assert.Equal(3000, Rule.Run($"[{string.Join(", ", Enumerable.Repeat("1", 3000))}].size()").Value.AsInt);
    }

    [Fact]
    public void Types_that_double_are_checked_in_time()
    {
        var body = "x == x";
        for (var at = 0; at < 100; at++) body = $"cel.bind(x, {{x: x}}, {body})";
        _ = CelEnvironment.Kubernetes.Compile($"cel.bind(x, 1, {body})");
    }

    [Theory]
    [InlineData("((a{1000}){1000}){1000}")]
    [InlineData("(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa){1000}")]
    [InlineData("a{1001}")]
    [InlineData("(?=a)")]
    [InlineData("(a)\\1")]
    [InlineData("a**")]
    [InlineData("[a")]
    [InlineData("\\")]
    [InlineData("(?<n")]
    [InlineData("[[:nope:]]")]
    [InlineData("\\p{Nope}")]
    public void A_pattern_that_RE2_refuses_or_that_is_large_is_an_error(string pattern)
    {
        Assert.Contains("error parsing regexp", Rule.RunDyn("'a'.matches(p)", ("p", JsonValue.Create(pattern).ToJsonString())).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("()[]{}?*+\\^$|.-:a1,P<>=!dpQEUsim", "'aab'.matches(x) || x.find(x) == x.findAll(x)[0]")]
    [InlineData("0123456789.:/%abf[]", "isIP(x) || isCIDR(x) || ip(x).isLoopback() || cidr(x).masked().containsIP('::1')")]
    [InlineData("ahtp:/?&=%[]@. é2#", "isURL(x) && url(x).getHostname() + url(x).getPort() + url(x).getEscapedPath() != '' && url(x).getQuery().size() >= 0")]
    [InlineData("0123456789.-+eEinumkKMGTPv", "isQuantity(x) && quantity(x).add(quantity(x)).isGreaterThan(quantity('1')) || semver(x, true).major() > 1")]
    [InlineData("0123456789-+:TZ.hmsnu", "timestamp(x) < timestamp(x) || duration(x) > duration('1s') || timestamp('2024-01-01T00:00:00Z').getHours(x) > 1")]
    [InlineData("%.0123sdfebxXo%", "x.format([1, 'a', 1.5, null, b'x', [1], {'a': 1}]) == x")]
    [InlineData("ab😀é", "x.replace('a', x, 3).split('').join('b').reverse().charAt(1) + x.substring(1) != '' && x.indexOf('b', 2) > x.lastIndexOf('a')")]
    [InlineData("aZ09-._/", "['dns1123Label', 'qualifiedName', 'uri', 'uuid', 'byte', 'date', 'datetime', 'dns1035LabelPrefix'].all(f, format.named(f).value().validate(x).hasValue())")]
    public void Random_texts_give_functions_a_value_or_an_error(string characters, string expression)
    {
        var random = new Random(11);
        var program = CelEnvironment.Kubernetes.With("x", CelType.String).Compile(expression).Program!;
        for (var round = 0; round < 3000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(18)).Select(_ => characters[random.Next(characters.Length)])]);
            var result = program.Evaluate(new() { ["x"] = CelValue.Of(text) }, new());
            Assert.True(result.Error is not null || result.Value.Kind == CelKind.Bool);
        }
    }

    [Fact]
    public void Programs_and_values_are_shared_by_threads()
    {
        var program = CelEnvironment.Kubernetes.With("object", CelType.Dyn).Compile("object.items.filter(i, i.n % 2 == 0).map(i, i.name + '!').join(',').matches('^(x[0-9]+!,?)+$')").Program!;
        var json = JsonNode.Parse($$"""{"items":[{{string.Join(',', Enumerable.Range(0, 50).Select(n => $$"""{"n":{{n}},"name":"x{{n}}"}"""))}}]}""");
        var values = new CelActivation { ["object"] = CelValue.Of(json, CelType.Dyn) };
        var wrong = 0;
        Parallel.For(0, 2000, _ =>
        {
            if (!program.Evaluate(values, new()).IsTrue) Interlocked.Increment(ref wrong);
        });
        Assert.Equal(0, wrong);
    }

    /// <summary>A stack of 512 KiB, a third of what a thread of the pool has.</summary>
    private static void OnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action), 512 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
