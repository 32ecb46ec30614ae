using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class ObjectDecoderTests
{
    private static readonly KindDefinition Pods = TestCatalogue.Default.Find("", "v1", "pods")!;
    private static readonly KindDefinition ConfigMaps = TestCatalogue.Default.Find("", "v1", "configmaps")!;
    private static readonly KindDefinition Secrets = TestCatalogue.Default.Find("", "v1", "secrets")!;
    private static readonly KindDefinition Deployments = TestCatalogue.Default.Find("apps", "v1", "deployments")!;
    private static readonly KindDefinition Crds = TestCatalogue.Default.Find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;

    /// <summary>What kubectl before 1.22 drains nodes with.</summary>
    [Theory]
    [InlineData("policy/v1beta1", "")]
    [InlineData("policy/v1", "")]
    [InlineData("policy/v2", "the API version in the data (policy/v2) does not match the expected API version (policy/v1)")]
    public void Eviction_is_taken_in_the_earlier_version_too(string version, string fault)
    {
        var kind = RequestBodies.Of(TestCatalogue.Default.FindStored(new("", "pods"))!, "eviction")!;
        var outcome = ObjectDecoder.Decode(Encoding.UTF8.GetBytes($$"""{ "apiVersion": "{{version}}", "kind": "Eviction", "metadata": { "name": "p" } }"""), "application/json", kind, FieldValidation.Strict);
        Assert.Equal(fault, outcome.Rejection?.Message ?? "");
        Assert.Equal(fault.Length == 0 ? "policy/v1" : null, (string?)outcome.Object?["apiVersion"]);
    }

    [Fact]
    public void Object_of_the_kind_is_read_as_it_is()
    {
        const string text = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"y"}},"data":{"k":"v \u00e9 \"q\""},"immutable":false}""";
        var outcome = Json(ConfigMaps, text);
        Assert.Null(outcome.Rejection);
        Assert.Empty(outcome.Warnings);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), outcome.Object));
    }

    [Fact]
    public void Absent_version_and_kind_are_filled_in()
    {
        var made = Json(Deployments, """{"metadata":{"name":"a"}}""").Object!;
        Assert.Equal("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}""", made.ToJsonString());
    }

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"Deployment"}""", "the API version in the data (v1) does not match the expected API version (apps/v1)")]
    [InlineData("""{"apiVersion":"apps/v1","kind":"Pod"}""", "Pod in version \"v1\" cannot be handled as a Deployment")]
    [InlineData("""{"spec":{"replicas":"3"}}""", "json: cannot unmarshal string into field spec.replicas of type int32")]
    [InlineData("""{"spec":{"replicas":3.5}}""", "json: cannot unmarshal number 3.5 into field spec.replicas of type int32")]
    [InlineData("""{"spec":{"replicas":3000000000}}""", "json: cannot unmarshal number 3000000000 into field spec.replicas of type int32")]
    [InlineData("""{"spec":{"paused":"true"}}""", "json: cannot unmarshal string into field spec.paused of type bool")]
    [InlineData("""{"spec":[]}""", "json: cannot unmarshal array into field spec of type DeploymentSpec")]
    [InlineData("""{"metadata":{"labels":{"a":1}}}""", "json: cannot unmarshal number into field metadata.labels.a of type string")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"ports":[{"containerPort":"80"}]}]}}}}""",
        "json: cannot unmarshal string into field spec.template.spec.containers[1].ports[0].containerPort of type int32")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":{}}}}}""", "json: cannot unmarshal object into field spec.template.spec.containers of type []Container")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}}}}""",
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' in field spec.template.spec.containers[0].resources.limits.cpu")]
    [InlineData("""{"metadata":{"creationTimestamp":"yesterday"}}""", "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse in field metadata.creationTimestamp")]
    [InlineData("""{"spec":""", "json parse error: ")]
    [InlineData("""{"spec":{}} x""", "json parse error: ")]
    [InlineData("[]", "json parse error: cannot unmarshal array")]
    [InlineData("", "json parse error: unexpected end of JSON input")]
    [InlineData("""{"metadata":{"name":"\ud800"}}""", "json parse error: invalid text")]
    public void Bad_body_is_refused_with_its_reason(string body, string reason)
    {
        var rejection = Json(Deployments, body).Rejection!;
        Assert.Equal((400, "BadRequest"), (rejection.Code, rejection.Reason));
        Assert.Contains(reason, rejection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_type_is_named()
    {
        var rejection = Json(Deployments, """{"spec":{"replicas":"3","paused":1}}""").Rejection!;
        Assert.Contains("spec.replicas", rejection.Message, StringComparison.Ordinal);
        Assert.Contains("spec.paused", rejection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_and_duplicate_fields_are_dropped_and_warned_of()
    {
        const string text = """
            {"metadata":{"name":"a","nope":1},"spec":{"foo":{"deep":[]},"replicas":1,"replicas":2,"Paused":true,
             "template":{"metadata":{"labels":{"l":"1","l":"2"}},"spec":{"containers":[{"name":"c","imgae":"x"}]}}}}
            """;
        string[] strays =
        [
            "unknown field \"metadata.nope\"", "unknown field \"spec.foo\"", "duplicate field \"spec.replicas\"", "unknown field \"spec.Paused\"",
            "duplicate field \"spec.template.metadata.labels.l\"", "unknown field \"spec.template.spec.containers[0].imgae\"",
        ];
        var warned = Json(Deployments, text);
        Assert.Equal(strays, warned.Warnings.ToArray());
        Assert.Equal(2, (int?)warned.Object!["spec"]!["replicas"]);
        Assert.Equal("2", (string?)warned.Object["spec"]!["template"]!["metadata"]!["labels"]!["l"]);
        Assert.Null(warned.Object["spec"]!["foo"]);

        var ignored = Json(Deployments, text, FieldValidation.Ignore);
        Assert.Empty(ignored.Warnings);
        Assert.True(JsonNode.DeepEquals(warned.Object, ignored.Object));

        var strict = Json(Deployments, text, FieldValidation.Strict).Rejection!;
        Assert.Equal(400, strict.Code);
        Assert.Equal($"Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: {string.Join(", ", strays)}", strict.Message);
    }

    [Fact]
    public void Nulls_are_absent_fields_and_zero_elements()
    {
        var made = Json(ConfigMaps, """{"metadata":{"name":"a","creationTimestamp":null,"finalizers":[null,"f"]},"data":{"k":null}}""").Object!;
        Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["","f"]},"data":{"k":""}}""", made.ToJsonString());
    }

    [Theory]
    [InlineData("0.5", "500m")]
    [InlineData("\"1000m\"", "1")]
    [InlineData("\"1024Mi\"", "1Gi")]
    [InlineData("2", "2")]
    [InlineData("\"128974848\"", "128974848")]
    public void Quantities_become_canonical(string given, string stored)
    {
        var made = Json(Pods, $$$$"""{"spec":{"containers":[{"resources":{"requests":{"cpu":{{{{given}}}} }}}]}}""").Object!;
        Assert.Equal(stored, (string?)made["spec"]!["containers"]![0]!["resources"]!["requests"]!["cpu"]);
    }

    [Fact]
    public void Data_of_a_secret_must_be_base64()
    {
        Assert.Null(Json(Secrets, """{"data":{"k":"aGVsbG8="},"stringData":{"s":"%"}}""").Rejection);
        Assert.Contains("data.k", Json(Secrets, """{"data":{"k":"%%%"}}""").Rejection!.Message, StringComparison.Ordinal);
        Assert.Contains("data.k", Json(Secrets, """{"data":{"k":"aGVsbG8"}}""").Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Port_may_be_a_number_or_a_name()
    {
        var services = TestCatalogue.Default.Find("", "v1", "services")!;
        var made = Json(services, """{"spec":{"ports":[{"port":80,"targetPort":8080},{"port":81,"targetPort":"http"}]}}""").Object!;
        Assert.Equal("[8080,\"http\"]", $"[{made["spec"]!["ports"]![0]!["targetPort"]!.ToJsonString()},{made["spec"]!["ports"]![1]!["targetPort"]!.ToJsonString()}]");
        Assert.NotNull(Json(services, """{"spec":{"ports":[{"targetPort":true}]}}""").Rejection);
    }

    [Fact]
    public void Free_form_values_are_kept_whole()
    {
        const string schema = """{"spec":{"versions":[{"name":"v1","schema":{"openAPIV3Schema":{"type":"object","properties":{"a":{"default":{"x":[1,null,{"y":1.50}]}}}}}}]}}""";
        var made = Json(Crds, schema, FieldValidation.Strict).Object!;
        Assert.Equal("""{"x":[1,null,{"y":1.50}]}""",
            made["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["a"]!["default"]!.ToJsonString());
    }

    [Fact]
    public void Numbers_can_be_read_as_any_integer_type()
    {
        var replicas = Json(Deployments, """{"spec":{"replicas":3}}""").Object!["spec"]!["replicas"]!.AsValue();
        Assert.Equal((3, 3L), (replicas.GetValue<int>(), replicas.GetValue<long>()));
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"properties":{"a":""", 200)) + "{}" + new string('}', 400);
        var body = $$$$"""{"spec":{"versions":[{"schema":{"openAPIV3Schema":{{{{deep}}}} }}]}}""";
        Assert.Equal(400, Json(Crds, body).Rejection!.Code);
    }

    [Fact]
    public void Delete_options_may_carry_any_groups_version()
    {
        Assert.NotNull(Json(RequestBodies.DeleteOptions, """{"kind":"DeleteOptions","apiVersion":"apps/v1","gracePeriodSeconds":0}""").Object);
        Assert.NotNull(Json(RequestBodies.DeleteOptions, """{"propagationPolicy":"Background"}""").Object);
        Assert.NotNull(Json(RequestBodies.DeleteOptions, """{"kind":"Pod"}""").Rejection);
    }

    [Fact]
    public void Unknown_media_type_is_refused() =>
        Assert.Equal(415, ObjectDecoder.Decode("x"u8.ToArray(), "application/xml", Pods, FieldValidation.Warn).Rejection!.Code);

    [Fact]
    public void Check_of_a_tree_prunes_it_as_a_body()
    {
        var outcome = ObjectDecoder.Check(JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"foo":1}}""")!.AsObject(), Pods, FieldValidation.Warn);
        Assert.Equal(["unknown field \"spec.foo\""], outcome.Warnings.ToArray());
    }

    private static DecodeOutcome Json(KindDefinition kind, string body, FieldValidation mode = FieldValidation.Warn) =>
        ObjectDecoder.Decode(Encoding.UTF8.GetBytes(body), "application/json; charset=utf-8", kind, mode);
}
