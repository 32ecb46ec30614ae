using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Schemas;

/// <summary>All that follows from a schema, over a kind without a model.</summary>
public sealed class StructuralKindTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2030-01-02T03:04:05Z", CultureInfo.InvariantCulture);
    private static readonly ObjectKey Key = new("shop.example.com", "widgets", "default", "w");
    private static readonly Requester User = new("alice", "kubectl", []);
    private static readonly KindDefinition Kind = Widgets.Catalogue.Find("shop.example.com", "v1", "widgets")!;

    [Fact]
    public void Unknown_fields_are_pruned_and_told()
    {
        var decoded = Widgets.Decode("""{"size":1,"colour":"red","ports":[{"port":1,"x":2}]}""");
        Assert.Equal("""{"size":1,"ports":[{"port":1}]}""", decoded.Object!["spec"]!.ToJsonString());
        Assert.Equal("unknown field \"spec.colour\", unknown field \"spec.ports[0].x\"", string.Join(", ", decoded.Warnings));
        Assert.Contains("strict decoding error", Widgets.Decode("""{"colour":"red"}""", FieldValidation.Strict).Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_an_open_object_are_kept_beside_the_known_ones() =>
        Assert.Equal("""{"known":true,"deep":{"a":[1,null]}}""", Widgets.Spec("""{"extra":{"known":true,"deep":{"a":[1,null]}}}""")["extra"]!.ToJsonString());

    [Fact]
    public void Known_field_of_an_open_object_keeps_its_type() =>
        Assert.Contains("spec.extra.known of type bool", Widgets.Decode("""{"extra":{"known":"yes"}}""").Rejection!.Message, StringComparison.Ordinal);

    [Fact]
    public void Embedded_object_has_metadata_and_what_it_likes() =>
        Assert.Equal(
            """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"a":1}}""",
            Widgets.Spec("""{"template":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","nonsense":1},"spec":{"a":1}}}""")["template"]!.ToJsonString());

    [Theory]
    [InlineData("""{"note":null}""", """{"note":null}""")]
    [InlineData("""{"code":null}""", "{}")]
    public void Null_stays_where_it_may(string spec, string kept) => Assert.Equal(kept, Widgets.Spec(spec).ToJsonString());

    [Theory]
    [InlineData("""{"size":"1"}""", "cannot unmarshal string into field spec.size of type int32")]
    [InlineData("""{"size":3000000000}""", "cannot unmarshal number 3000000000 into field spec.size of type int32")]
    [InlineData("""{"labels":{"a":1}}""", "cannot unmarshal number into field spec.labels.a of type string")]
    [InlineData("""{"at":"yesterday"}""", "parsing time \"yesterday\"")]
    [InlineData("""{"limit":true}""", "cannot unmarshal bool into field spec.limit of type IntOrString")]
    public void Value_of_a_wrong_type_is_refused(string spec, string message) => Assert.Contains(message, Widgets.Decode(spec).Rejection!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("5")]
    [InlineData("3000000000")]
    [InlineData("\"50%\"")]
    public void Number_or_text_is_taken_where_both_may_stand(string limit) => Assert.Equal(limit, Widgets.Spec($$"""{"limit":{{limit}}}""")["limit"]!.ToJsonString());

    [Fact]
    public void Yaml_is_read_along_the_schema() =>
        Assert.Equal("""{"size":2,"code":"no"}""", Widgets.Decode("{size: 2, code: \"no\"}", contentType: "application/yaml").Object!["spec"]!.ToJsonString());

    [Fact]
    public void Binary_form_is_one_of_built_in_kinds() =>
        Assert.Equal(415, Widgets.Decode("{}", contentType: "application/vnd.kubernetes.protobuf").Rejection!.Code);

    [Fact]
    public void Absent_fields_get_their_defaults_in_lists_too() =>
        Assert.Equal(
            """{"size":1,"ports":[{"port":1,"protocol":"TCP"},{"port":1,"protocol":"UDP"}],"color":"red"}""",
            Created("""{"size":1,"ports":[{"port":1},{"port":1,"protocol":"UDP"}]}""")["spec"]!.ToJsonString());

    [Theory]
    [InlineData("""{"color":"green"}""", "spec.size: Required value")]
    [InlineData("""{"size":0}""", "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1")]
    [InlineData("""{"size":11}""", "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10")]
    [InlineData("""{"size":1,"color":"blue"}""", "spec.color: Unsupported value: \"blue\": supported values: \"red\", \"green\"")]
    [InlineData("""{"size":1,"address":"10.0.0"}""", "spec.address: Invalid value: \"10.0.0\": spec.address in body must be of type ipv4: \"10.0.0\"")]
    [InlineData("""{"size":1,"ports":[{"port":1},{"port":1,"protocol":"TCP"}]}""", "spec.ports[1]: Duplicate value: {\"port\":1,\"protocol\":\"TCP\"}")]
    [InlineData("""{"size":1,"ports":[{"name":"a"}]}""", "spec.ports[0].port: Required value")]
    [InlineData("""{"size":1,"code":"a"}""", "spec: Invalid value: \"object\": \"spec\" must validate one and only one schema (oneOf). Found 2 valid")]
    public void Object_with_a_fault_is_refused_with_its_path(string spec, string fault) => Assert.Equal([fault], Faults(spec));

    [Fact]
    public void Text_is_held_to_its_pattern_and_length() =>
        Assert.Equal(
            ["spec.code: Too long: may not be more than 4 bytes", "spec.code: Invalid value: \"ABCDE\": spec.code in body should match '^[a-z]+$'"],
            Faults("""{"size":1,"code":"ABCDE"}""").Where(fault => fault.StartsWith("spec.code", StringComparison.Ordinal)));

    [Fact]
    public void Object_without_its_required_field_is_refused()
    {
        var rejection = Decide(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "w" } }).Rejection!;
        Assert.Equal(("FieldValueRequired", "spec"), (rejection.Causes[0].Reason, rejection.Causes[0].Field));
    }

    [Fact]
    public void Status_is_apart_from_the_spec()
    {
        var stored = Decide(Tree("""{"size":1}""")).Event!;
        stored.Committed(7);
        var status = Tree("""{"size":9}""");
        status["status"] = new JsonObject { ["ready"] = true };
        var updated = ObjectDecider.Decide(Kind, stored.ToStored(), new UpdateObject(Key, status, "status", User), Now).Event!.ToStored().ToJsonObject();
        Assert.Equal((1, true), ((int)updated["spec"]!["size"]!, (bool)updated["status"]!["ready"]!));
    }

    [Fact]
    public void Strategic_merge_replaces_lists_that_declare_no_merge()
    {
        var merged = new ClientPatch(PatchFormat.StrategicMerge, new("""{"spec":{"ports":[{"port":2}]}}"""u8.ToArray()), FieldValidation.Ignore).Change(Tree("""{"size":1,"ports":[{"port":1}]}"""), Kind).Object!;
        Assert.Equal("""{"size":1,"ports":[{"port":2}]}""", merged["spec"]!.ToJsonString());
    }

    [Fact]
    public void List_carries_the_keys_its_items_merge_by()
    {
        var ports = Kind.Schema.Field("spec")!.Schema.Field("ports")!;
        Assert.Equal(("map", "port,protocol"), (ports.Semantic.ListType, string.Join(',', ports.Semantic.ListMapKeys)));
        Assert.Equal("\"TCP\"", ports.Schema.Items!.Field("protocol")!.Default);
    }

    [Fact]
    public void Discovery_lists_the_kind_and_its_group()
    {
        var resources = Read(Widgets.Catalogue.Discovery.Find("/apis/shop.example.com/v1"))["resources"]!.AsArray();
        Assert.Equal(["widgets", "widgets/status"], resources.Select(resource => (string?)resource!["name"]));
        Assert.Equal("wd", (string?)resources[0]!["shortNames"]![0]);
        Assert.Contains(Read(Widgets.Catalogue.Discovery.Find("/apis"))["groups"]!.AsArray(), group => (string?)group!["name"] == "shop.example.com");
    }

    [Fact]
    public void OpenApi_v3_describes_it_in_full()
    {
        var schemas = Read(Widgets.Catalogue.OpenApi.Find("/openapi/v3/apis/shop.example.com/v1", null))["components"]!["schemas"]!;
        var widget = schemas["com.example.shop.v1.Widget"]!;
        Assert.Equal("A widget.", (string?)widget["description"]);
        Assert.Equal("""[{"group":"shop.example.com","kind":"Widget","version":"v1"}]""", widget["x-kubernetes-group-version-kind"]!.ToJsonString());
        Assert.Equal("""[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]""", widget["properties"]!["metadata"]!["allOf"]!.ToJsonString());
        var spec = widget["properties"]!["spec"]!;
        Assert.Equal("""{"type":"integer","format":"int32","minimum":1,"maximum":10}""", spec["properties"]!["size"]!.ToJsonString());
        Assert.Equal("""{"type":"string","enum":["red","green"],"default":"red"}""", spec["properties"]!["color"]!.ToJsonString());
        Assert.Equal("""[{"required":["code"]},{"required":["color"]}]""", spec["oneOf"]!.ToJsonString());
        Assert.Equal("""{"anyOf":[{"type":"integer"},{"type":"string"}],"x-kubernetes-int-or-string":true}""", spec["properties"]!["limit"]!.ToJsonString());
        Assert.True((bool)spec["properties"]!["note"]!["nullable"]!);
        Assert.Equal("""["port","protocol"]""", spec["properties"]!["ports"]!["x-kubernetes-list-map-keys"]!.ToJsonString());
        Assert.NotNull(schemas["com.example.shop.v1.WidgetList"]);
    }

    [Fact]
    public void OpenApi_offers_no_patch_that_is_refused()
    {
        var catalogue = TestCatalogue.Default.With([Widgets.Kind with { Definition = "widgets.shop.example.com" }]);
        var paths = Read(catalogue.OpenApi.Find("/openapi/v3/apis/shop.example.com/v1", null))["paths"]!.AsObject();
        var patches = paths.Where(path => path.Value!["patch"] is not null).ToDictionary(path => path.Key, path => path.Value!["patch"]!["requestBody"]!["content"]!.AsObject().Select(type => type.Key));
        Assert.Contains("/apis/shop.example.com/v1/namespaces/{namespace}/widgets/{name}", patches.Keys);
        Assert.All(patches.Values, types => Assert.Equal(["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"], types));
    }

    [Fact]
    public void OpenApi_v2_says_what_that_version_can()
    {
        var widget = Read(Widgets.Catalogue.OpenApi.Find("/openapi/v2", "application/json"))["definitions"]!["com.example.shop.v1.Widget"]!;
        var spec = widget["properties"]!["spec"]!;
        Assert.Null(spec["oneOf"]);
        Assert.Null(spec["properties"]!["note"]!["nullable"]);
        Assert.Equal("^[a-z]+$", (string?)spec["properties"]!["code"]!["pattern"]);
        Assert.NotEmpty(Widgets.Catalogue.OpenApi.Find("/openapi/v2", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")!.Body.ToArray());
    }

    [Fact]
    public void Paths_have_operations_of_the_kind()
    {
        var paths = Read(Widgets.Catalogue.OpenApi.Find("/openapi/v2", "application/json"))["paths"]!;
        Assert.Equal("Widget", (string?)paths["/apis/shop.example.com/v1/namespaces/{namespace}/widgets/{name}"]!["get"]!["x-kubernetes-group-version-kind"]!["kind"]);
    }

    private static JsonObject Tree(string spec) => Widgets.Decode(spec).Object!;

    private static Decision Decide(JsonObject tree)
    {
        tree.Metadata()["name"] = "w";
        return ObjectDecider.Decide(Kind, null, new CreateObject(Key, tree, User), Now);
    }

    private static JsonObject Created(string spec)
    {
        var decision = Decide(Tree(spec));
        Assert.True(decision.Rejection is null, decision.Rejection?.Message);
        return decision.Event!.ToStored().ToJsonObject();
    }

    private static string[] Faults(string spec) => [.. Decide(Tree(spec)).Rejection!.Causes.Select(cause => $"{cause.Field}: {cause.Message}")];

    private static JsonObject Read(CachedDocument? document) => JsonNode.Parse(document!.Body.Span)!.AsObject();
}
