using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>What the checker finds, in the words Kubernetes' users know.</summary>
public sealed class CheckerTests
{
    private static readonly CelType Self = CelType.Of(Rule.Object(
        ("count", new(ControlPlane.Objects.Schemas.SchemaType.Int64)),
        ("name", Rule.Text()),
        ("tags", Rule.List(Rule.Text()))));

    [Theory]
    [InlineData("x.y", "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x.y\n | ^")]
    [InlineData("self.foo", "ERROR: <input>:1:5: undefined field 'foo'\n | self.foo\n | ....^")]
    [InlineData("1 + 'a'", "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + 'a'\n | ..^")]
    [InlineData("self.count > 1 &&\n  self.name", "ERROR: <input>:1:16: found no matching overload for '_&&_' applied to '(bool, string)'\n | self.count > 1 &&\n | ...............^")]
    [InlineData("self.name.charAt('a')", "ERROR: <input>:1:17: found no matching overload for 'charAt' applied to 'string.(string)'\n | self.name.charAt('a')\n | ................^")]
    [InlineData("nope(1)", "ERROR: <input>:1:5: undeclared reference to 'nope' (in container '')\n | nope(1)\n | ....^")]
    [InlineData("self.name.foo", "ERROR: <input>:1:10: type 'string' does not support field selection\n | self.name.foo\n | .........^")]
    [InlineData("self.count.all(x, true)", "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.count.all(x, true)\n | ....^")]
    [InlineData("self.tags.all(x, x)", "ERROR: <input>:1:14: found no matching overload for '_&&_' applied to '(bool, string)'\n | self.tags.all(x, x)\n | .............^")]
    [InlineData("[1, 'a']", "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^")]
    [InlineData("{'a': 1, 'b': 'c'}", "ERROR: <input>:1:15: expected type 'int' but found 'string'\n | {'a': 1, 'b': 'c'}\n | ..............^")]
    [InlineData("true ? 1 : 'a'", "ERROR: <input>:1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'\n | true ? 1 : 'a'\n | .....^")]
    [InlineData("self.name == self.count", "ERROR: <input>:1:11: found no matching overload for '_==_' applied to '(string, int)'\n | self.name == self.count\n | ..........^")]
    [InlineData("'a'.matches('(')", "ERROR: <input>:1:13: invalid matches argument\n | 'a'.matches('(')\n | ............^")]
    [InlineData("duration('1x')", "ERROR: <input>:1:10: invalid duration argument\n | duration('1x')\n | .........^")]
    [InlineData("timestamp('now')", "ERROR: <input>:1:11: invalid timestamp argument\n | timestamp('now')\n | ..........^")]
    [InlineData("'é' + x", "ERROR: <input>:1:7: undeclared reference to 'x' (in container '')\n | 'é' + x\n | ......^")]
    [InlineData("[1].map(1, 2)", "ERROR: <input>:1:9: argument must be a simple name\n | [1].map(1, 2)\n | ........^")]
    [InlineData("has(self)", "ERROR: <input>:1:5: invalid argument to has() macro\n | has(self)\n | ....^")]
    [InlineData("1 +", "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^")]
    [InlineData("(1", "ERROR: <input>:1:3: Syntax error: mismatched input '<EOF>' expecting ')'\n | (1\n | ..^")]
    [InlineData("'a", "ERROR: <input>:1:1: Syntax error: token recognition error at: ''a'\n | 'a\n | ^")]
    [InlineData("if", "ERROR: <input>:1:1: reserved identifier: if\n | if\n | ^")]
    public void A_mistake_is_told_as_Kubernetes_tells_it(string text, string error)
    {
        Assert.Equal(error, Rule.Errors(text, ("self", Self)));
    }

    [Fact]
    public void Every_mistake_is_told()
    {
        var errors = CelEnvironment.Kubernetes.With("self", Self).Compile("self.a + self.b > zero || 1 + '1' == 2").Errors;
        Assert.Equal(
            ["undefined field 'a'", "undefined field 'b'", "undeclared reference to 'zero' (in container '')", "found no matching overload for '_+_' applied to '(int, string)'"],
            errors.Select(error => error.Message));
        Assert.Equal(5, errors[0].Column);
    }

    [Theory]
    [InlineData("self.count < 1", "bool")]
    [InlineData("self.name + 'a'", "string")]
    [InlineData("self.tags.map(t, t.size())", "list(int)")]
    [InlineData("self.tags.filter(t, t != '').map(t, {t: [t]})", "list(map(string, list(string)))")]
    [InlineData("self.?name", "optional_type(string)")]
    [InlineData("self.tags[?0].orValue('')", "string")]
    [InlineData("self", "object")]
    [InlineData("[]", "list(dyn)")]
    [InlineData("dyn(self.name)", "dyn")]
    [InlineData("type(1)", "type(int)")]
    [InlineData("ip('::1')", "net.IP")]
    public void The_result_has_a_type(string text, string type)
    {
        Assert.Equal(type, CelEnvironment.Kubernetes.With("self", Self).Compile(text).Program!.ResultType.ToString());
    }

    [Fact]
    public void What_is_dyn_is_checked_when_it_runs()
    {
        Assert.Equal("no such overload", Rule.RunDyn("x + 'a' == 'b'", ("x", "1")).Error);
        Assert.Equal("no such overload", Rule.RunDyn("x.isSorted()", ("x", "1")).Error);
        Assert.Equal(3.25, Rule.RunDyn("x.sum()", ("x", "[1.5,1.75]")).Value.Double);
        Assert.Equal("no such key: b", Rule.RunDyn("x.b", ("x", """{"a":1}""")).Error);
        Assert.True(Rule.RunDyn("x.a == 1 && x['a'] < 1.5 && !has(x.b) && x.size() == 1", ("x", """{"a":1}""")).IsTrue);
    }
}
