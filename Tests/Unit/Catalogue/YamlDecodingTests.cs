using System.Text;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class YamlDecodingTests
{
    private static readonly KindDefinition Deployments = TestCatalogue.Default.Find("apps", "v1", "deployments")!;
    private static readonly KindDefinition ConfigMaps = TestCatalogue.Default.Find("", "v1", "configmaps")!;
    private static readonly KindDefinition Crds = TestCatalogue.Default.Find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;

    [Fact]
    public void Manifest_is_read_like_its_json()
    {
        var made = Yaml(Deployments, """
            # a comment
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              labels: {app: web, "on": "yes"}
            spec:
              replicas: 3
              paused: false
              selector:
                matchLabels: &labels
                  app: web
              template:
                metadata:
                  labels: *labels
                spec:
                  containers:
                  - name: web
                    image: web:v1
                    args:
                    - "-c"
                    - 'x'
                    - |-
                      two
                      lines
                    resources: {requests: {cpu: 0.5, memory: 64Mi}}
                  volumes:
                  - configMap: {name: c, defaultMode: 0644}
            """);
        Assert.Null(made.Rejection);
        Assert.Equal(
            """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"app":"web","on":"yes"}},"spec":{"replicas":3,"paused":false"""
            + ""","selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:v1","args":["-c","x","two\nlines"],"resources":{"requests":{"cpu":"500m","memory":"64Mi"}}}],"volumes":[{"configMap":{"name":"c","defaultMode":420}}]}}}}""",
            made.Object!.ToJsonString());
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-7", "-7")]
    [InlineData("0x1F", "31")]
    [InlineData("0o17", "15")]
    [InlineData("017", "15")]
    [InlineData("0b11", "3")]
    [InlineData("1_000", "1000")]
    [InlineData("1.5", "1.5")]
    [InlineData("1e3", "1000")]
    [InlineData(".5", "0.5")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData("089", "89")]
    [InlineData("0x", "\"0x\"")]
    [InlineData("-", null)]
    [InlineData("true", "true")]
    [InlineData("Yes", "true")]
    [InlineData("off", "false")]
    [InlineData("y", "true")]
    [InlineData("N", "false")]
    [InlineData("\"true\"", "\"true\"")]
    [InlineData("'1'", "\"1\"")]
    [InlineData("!!str 1", "\"1\"")]
    [InlineData("2024-01-01T00:00:00Z", "\"2024-01-01T00:00:00Z\"")]
    [InlineData("10:30", "\"10:30\"")]
    [InlineData("~", "null")]
    [InlineData("", "null")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    public void Scalar_has_the_type_of_its_look(string scalar, string? json)
    {
        var made = Yaml(Crds, $"spec:\n  versions:\n  - schema:\n      openAPIV3Schema:\n        default: [{{a: 1}}, {(json is null ? "[]" : scalar.Length == 0 ? "~" : scalar)}]\n");
        Assert.Null(made.Rejection);
        if (json is not null) Assert.Equal($$"""[{"a":1},{{json}}]""", made.Object!["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["default"]!.ToJsonString());
    }

    [Fact]
    public void Merge_keys_bring_in_what_is_not_there()
    {
        var made = Yaml(ConfigMaps, """
            metadata: {name: a, annotations: &base {x: "1", y: "2"}}
            data:
              <<: *base
              y: "3"
            """);
        Assert.Equal("""{"y":"3","x":"1"}""", made.Object!["data"]!.ToJsonString());
    }

    [Fact]
    public void Duplicate_keys_are_reported() =>
        Assert.Equal(["duplicate field \"data.a\""], Yaml(ConfigMaps, "data:\n  a: one\n  a: two\n").Warnings.ToArray());

    [Theory]
    [InlineData("a: [", "error converting YAML to JSON: yaml: line ")]
    [InlineData("a: b: c", "error converting YAML to JSON: yaml: line ")]
    [InlineData("", "the document is empty")]
    [InlineData("--- \na: 1\n---\nb: 1\n", "more than one document")]
    [InlineData("data: *nowhere", "unknown anchor 'nowhere'")]
    [InlineData("data: &a {x: *a}", "unknown anchor 'a'")]
    [InlineData("{[a]: b}", "invalid map key")]
    [InlineData("data: {<<: 1}", "map merge requires")]
    [InlineData("data: {a: .inf}", "has no form in JSON")]
    [InlineData("just text", "cannot unmarshal string")]
    public void Bad_yaml_is_refused_with_its_reason(string yaml, string reason)
    {
        var rejection = Yaml(ConfigMaps, yaml).Rejection!;
        Assert.Equal(400, rejection.Code);
        Assert.Contains(reason, rejection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        var yaml = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var level = 1; level < 12; level++)
        {
            yaml.Append($"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat($"*a{level - 1}", 10))}]\n");
        }
        Assert.Contains("excessive aliasing", Yaml(ConfigMaps, yaml.ToString()).Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        Assert.Equal(400, Yaml(ConfigMaps, new string('[', 5000)).Rejection!.Code);
        Assert.Equal(400, Yaml(ConfigMaps, $"{new string('[', 5000)}{new string(']', 5000)}").Rejection!.Code);
    }

    private static DecodeOutcome Yaml(KindDefinition kind, string body) => ObjectDecoder.Decode(Encoding.UTF8.GetBytes(body), "application/yaml", kind, FieldValidation.Warn);
}
