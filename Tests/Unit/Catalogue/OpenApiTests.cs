using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Documents;
using ControlPlane.Catalogue.OpenApi;
using Google.Protobuf;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class OpenApiTests
{
    private const string OldProtobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    private static readonly OpenApiDocuments Documents = new(TestCatalogue.Default);
    private static readonly Lazy<JsonObject> V2 = new(() => Parse(Documents.Find("/openapi/v2", "application/json")!));

    [Fact]
    public void Every_reference_of_v2_leads_to_a_definition()
    {
        var definitions = V2.Value["definitions"]!.AsObject().Select(definition => $"#/definitions/{definition.Key}").ToHashSet();
        Assert.DoesNotContain(References(V2.Value), reference => !definitions.Contains(reference));
    }

    [Fact]
    public void Nearly_every_definition_and_field_is_described()
    {
        var definitions = V2.Value["definitions"]!.AsObject().ToArray();
        Assert.StartsWith("Container image name.", (string)V2.Value["definitions"]!["io.k8s.api.core.v1.Container"]!["properties"]!["image"]!["description"]!, StringComparison.Ordinal);
        Assert.StartsWith("Pod is a collection of containers", (string)V2.Value["definitions"]!["io.k8s.api.core.v1.Pod"]!["description"]!, StringComparison.Ordinal);
        var fields = definitions.SelectMany(definition => (definition.Value!["properties"]?.AsObject() ?? []).Select(field => (Name: $"{definition.Key}.{field.Key}", Told: field.Value!["description"] is not null))).ToArray();
        Assert.True(fields.Count(field => field.Told) > fields.Length * 0.97, $"{fields.Count(field => field.Told)} of {fields.Length}; not {string.Join(", ", fields.Where(field => !field.Told).Take(20).Select(field => field.Name))}");
        Assert.True(definitions.Count(definition => definition.Value!["description"] is not null) > definitions.Length * 0.9);
    }

    [Fact]
    public void Every_kind_has_a_definition_that_names_it()
    {
        var kinds = V2.Value["definitions"]!.AsObject()
            .SelectMany(definition => definition.Value!["x-kubernetes-group-version-kind"]?.AsArray() ?? [])
            .Select(kind => ((string)kind!["group"]!, (string)kind["version"]!, (string)kind["kind"]!)).ToHashSet();
        Assert.All(TestCatalogue.Default.All, kind => Assert.Contains((kind.Group, kind.Version, kind.Kind), kinds));
        Assert.Contains(("apps", "v1", "DeploymentList"), kinds);
        Assert.Contains(("autoscaling", "v1", "Scale"), kinds);
    }

    [Theory]
    [InlineData("io.k8s.api.core.v1.Container")]
    [InlineData("io.k8s.api.core.v1.PodTemplateSpec")]
    [InlineData("io.k8s.api.core.v1.TopologySelectorTerm")]
    [InlineData("io.k8s.api.core.v1.EndpointPort")]
    [InlineData("io.k8s.api.discovery.v1.EndpointPort")]
    [InlineData("io.k8s.api.rbac.v1.PolicyRule")]
    [InlineData("io.k8s.api.autoscaling.v2.MetricSpec")]
    [InlineData("io.k8s.api.policy.v1.Eviction")]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector")]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.Condition")]
    [InlineData("io.k8s.apimachinery.pkg.apis.meta.v1.Status")]
    [InlineData("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")]
    [InlineData("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService")]
    public void Definitions_have_the_names_clients_know(string name) => Assert.NotNull(V2.Value["definitions"]![name]);

    [Fact]
    public void Definitions_carry_types_required_fields_and_merge_semantics()
    {
        var definitions = V2.Value["definitions"]!;
        var port = definitions["io.k8s.api.core.v1.ContainerPort"]!;
        Assert.Equal("""["containerPort"]""", port["required"]!.ToJsonString());
        Assert.Equal("""{"type":"integer","format":"int32"}""", Shape(port["properties"]!["containerPort"]!));
        var containers = definitions["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!;
        Assert.Equal(
            """{"type":"array","items":{"$ref":"#/definitions/io.k8s.api.core.v1.Container"},"x-kubernetes-list-map-keys":["name"],"x-kubernetes-list-type":"map","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}""",
            Shape(containers));
        Assert.Equal("atomic", (string?)definitions["io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]!["x-kubernetes-map-type"]);
        Assert.Equal("uid", (string?)definitions["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]!["properties"]!["ownerReferences"]!["x-kubernetes-patch-merge-key"]);
        Assert.Equal(
            """{"type":"object","additionalProperties":{"$ref":"#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"}}""",
            Shape(definitions["io.k8s.api.core.v1.ResourceRequirements"]!["properties"]!["limits"]!));
        Assert.Equal("#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString", (string?)definitions["io.k8s.api.core.v1.ServicePort"]!["properties"]!["targetPort"]!["$ref"]);
    }

    [Fact]
    public void Paths_carry_kinds_actions_and_the_parameters_clients_look_for()
    {
        var path = V2.Value["paths"]!["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]!;
        var patch = path["patch"]!;
        Assert.Equal("""{"group":"apps","kind":"Deployment","version":"v1"}""", patch["x-kubernetes-group-version-kind"]!.ToJsonString());
        Assert.Equal("patch", (string?)patch["x-kubernetes-action"]);
        foreach (var method in new[] { "put", "patch" })
        {
            var parameters = path[method]!["parameters"]!.AsArray().Select(parameter => (string?)parameter!["name"]).ToArray();
            Assert.Contains("dryRun", parameters);
            Assert.Contains("fieldValidation", parameters);
        }
        Assert.NotNull(V2.Value["paths"]!["/api/v1/namespaces/{namespace}/pods/{name}/log"]!["get"]);
        Assert.NotNull(V2.Value["paths"]!["/api/v1/namespaces/{namespace}/pods/{name}/eviction"]!["post"]);
        Assert.Null(V2.Value["paths"]!["/apis/authorization.k8s.io/v1/subjectaccessreviews"]!["get"]);
    }

    [Fact]
    public void Operation_ids_are_unique()
    {
        var ids = V2.Value["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Where(member => member.Value is JsonObject).Select(member => (string)member.Value!["operationId"]!).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Index_of_v3_leads_to_documents_whose_references_hold()
    {
        var paths = Parse(Documents.Find("/openapi/v3", "application/json, */*")!)["paths"]!.AsObject();
        Assert.Equal(TestCatalogue.Default.ByGroupVersion.Select(version => version.Path).Order(), paths.Select(path => path.Key).Order());
        foreach (var (_, entry) in paths)
        {
            var address = ((string)entry!["serverRelativeURL"]!).Split("?hash=");
            var document = Documents.Find(address[0], "application/json")!;
            Assert.Equal($"\"{address[1]}\"", document.ETag);
            var content = Parse(document);
            var schemas = content["components"]!["schemas"]!.AsObject().Select(schema => $"#/components/schemas/{schema.Key}").ToHashSet();
            Assert.DoesNotContain(References(content), reference => !schemas.Contains(reference));
        }
    }

    [Fact]
    public void V3_keeps_merge_semantics_beside_a_reference()
    {
        var strategy = Parse(Documents.Find("/openapi/v3/apis/apps/v1", null)!)["components"]!["schemas"]!["io.k8s.api.apps.v1.DeploymentSpec"]!["properties"]!["strategy"]!;
        Assert.Equal("""{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy"}],"x-kubernetes-patch-strategy":"retainKeys"}""", Shape(strategy));
    }

    [Fact]
    public void Protobuf_holds_the_same_names_as_json()
    {
        var document = Documents.Find("/openapi/v2", OldProtobuf)!;
        Assert.Equal(Protobuf, document.ContentType);
        Assert.Same(document, Documents.Find("/openapi/v2", Protobuf));
        var fields = Fields(document.Body.ToArray());
        Assert.Equal("2.0", fields.Single(field => field.Number == 1).Text);
        var definitions = Fields(fields.Single(field => field.Number == 9).Bytes).Select(named => Fields(named.Bytes)).ToDictionary(named => named[0].Text, named => named[1].Bytes);
        Assert.Equal(V2.Value["definitions"]!.AsObject().Select(definition => definition.Key).Order(), definitions.Keys.Order());
        var paths = Fields(fields.Single(field => field.Number == 8).Bytes).Select(named => Fields(named.Bytes)[0].Text);
        Assert.Equal(V2.Value["paths"]!.AsObject().Select(path => path.Key).Order(), paths.Order());

        // Schema.properties (25), each a NamedSchema; Schema.items (23), Schema.vendor_extension (31) with name and Any.yaml.
        var properties = Fields(Fields(definitions["io.k8s.api.core.v1.PodSpec"]).Single(field => field.Number == 25).Bytes).Select(named => Fields(named.Bytes)).ToDictionary(named => named[0].Text, named => Fields(named[1].Bytes));
        var containers = properties["containers"];
        Assert.Equal("#/definitions/io.k8s.api.core.v1.Container", Fields(Fields(containers.Single(field => field.Number == 23).Bytes)[0].Bytes)[0].Text);
        var extensions = containers.Where(field => field.Number == 31).Select(field => Fields(field.Bytes)).ToDictionary(named => named[0].Text, named => Fields(named[1].Bytes)[0].Text);
        Assert.Equal("\"name\"", extensions["x-kubernetes-patch-merge-key"]);
    }

    [Theory]
    [InlineData("/openapi/v2", "text/html")]
    [InlineData("/openapi/v3/apis/nothing/v1", "application/json")]
    [InlineData("/openapi/v3/apis/apps/v1", "application/com.github.proto-openapi.spec.v3@v1.0+protobuf")]
    [InlineData("/openapi/v3x", "application/json")]
    [InlineData("/openapi", null)]
    public void Path_or_form_without_a_document_has_none(string path, string? accept) => Assert.Null(Documents.Find(path, accept));

    // What is told to people is looked at by a test of its own.
    private static string Shape(JsonNode schema)
    {
        var shape = schema.DeepClone().AsObject();
        shape.Remove("description");
        return shape.ToJsonString();
    }

    private static JsonObject Parse(CachedDocument document) => JsonNode.Parse(document.Body.Span)!.AsObject();

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject @object => @object.SelectMany(member => member is { Key: "$ref", Value: JsonValue value } && value.GetValueKind() == JsonValueKind.String ? [(string)value!] : References(member.Value)),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };

    private static List<(int Number, byte[] Bytes, string Text)> Fields(byte[] message)
    {
        var fields = new List<(int, byte[], string)>();
        var input = new CodedInputStream(message);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                var bytes = input.ReadBytes().ToByteArray();
                fields.Add((WireFormat.GetTagFieldNumber(tag), bytes, System.Text.Encoding.UTF8.GetString(bytes)));
            }
            else
            {
                input.SkipLastField();
            }
        }
        return fields;
    }
}
