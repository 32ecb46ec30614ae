using System.Text.Json.Nodes;
using ControlPlane.CustomResources;
using ControlPlane.Objects;
using Shared.Json;
using Xunit;

namespace Tests.Unit.CustomResources;

public sealed class DefinitionStrategyTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Requester By = new("someone", "test", []);

    public static TheoryData<string, string, string> Faults => new()
    {
        { "spec.group", "\"example\"", "should be a domain with at least one dot" },
        { "metadata.name", "\"others.shop.example.com\"", "must be spec.names.plural+\".\"+spec.group" },
        { "spec.scope", "\"Everywhere\"", "supported values: \"Cluster\", \"Namespaced\"" },
        { "spec.names.kind", "\"1\"", "DNS-1035" },
        { "spec.names.listKind", "\"Widget\"", "kind and listKind may not be the same" },
        { "spec.preserveUnknownFields", "true", "must be false" },
        { "spec.versions.0.name", "\"V1\"", "DNS-1035" },
        { "spec.versions.0.storage", "false", "must have exactly one version marked as storage version" },
        { "spec.versions.0.schema", "{}", "schemas are required" },
        { "spec.versions.0.schema.openAPIV3Schema.type", "\"array\"", "must be object at the root" },
        { "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.size", "{}", "must not be empty for specified object fields" },
        { "spec.versions.0.additionalPrinterColumns.0.type", "\"text\"", "supported values" },
        { "spec.versions.0.additionalPrinterColumns.0.jsonPath", "\"spec\"", "unexpected text in a JSONPath" },
        { "spec.versions.0.subresources.scale.specReplicasPath", "\".status.copies\"", "should be a json path under .spec" },
        { "spec.versions.0.selectableFields.0.jsonPath", "\".spec.nothing\"", "does not exist" },
        { "spec.versions.0.selectableFields.0.jsonPath", "\".spec.parts\"", "must point to a field of type string, boolean or integer" },
        { "spec.versions.0.deprecationWarning", "\"old\"", "can only be set for deprecated versions" },
        { "spec.conversion", """{"strategy":"Webhook"}""", "spec.conversion.webhook.clientConfig: Required value" },
        { "spec.conversion", """{"strategy":"Webhook","webhook":{"clientConfig":{"url":"http://a"},"conversionReviewVersions":["v1"]}}""", "'https' is the only allowed URL scheme" },
        { "spec.conversion", """{"strategy":"Webhook","webhook":{"clientConfig":{"url":"https://a"},"conversionReviewVersions":["v1beta1"]}}""", "must include at least one of v1" },
        { "spec.conversion", """{"strategy":"None","webhook":{"clientConfig":{"url":"https://a"}}}""", "should not be set when strategy is not set to Webhook" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_refused_with_its_place(string path, string value, string message)
    {
        var refusal = Create(Definitions.Widgets(definition => Set(definition, path, value))).Rejection;
        Assert.NotNull(refusal);
        Assert.Equal(422, refusal.Code);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_conversion_have_Kubernetes_defaults_and_the_storage_version_is_noted_at_once()
    {
        var definition = Created(Definitions.Widgets());
        Assert.Equal(("widget", "WidgetList", "None"), (definition.Text("spec", "names", "singular"), definition.Text("spec", "names", "listKind"), definition.Text("spec", "conversion", "strategy")));
        Assert.Equal(["v1"], definition.Texts("status", "storedVersions"));
    }

    [Fact]
    public void Groups_of_Kubernetes_need_an_approval()
    {
        var widgets = Definitions.Widgets();
        widgets["spec"]!["group"] = "shop.k8s.io";
        widgets.Metadata()["name"] = "widgets.shop.k8s.io";
        Assert.Contains("protected groups must have approval annotation", Create(widgets).Rejection!.Message, StringComparison.Ordinal);
        widgets.Metadata()["annotations"] = new JsonObject { ["api-approved.kubernetes.io"] = "unapproved" };
        Assert.Null(Create(widgets).Rejection);
    }

    [Fact]
    public void What_objects_are_stored_in_stays_until_nothing_is()
    {
        var stored = Commit(Create(Definitions.Widgets()));
        var flipped = Definitions.Widgets(definition =>
        {
            var next = definition.Version().DeepClone().AsObject();
            next["name"] = "v2";
            definition.Version()["storage"] = false;
            definition["spec"]!["versions"]!.AsArray().Add(next);
        });
        var update = Commit(ObjectDecider.Decide(Definitions.Kind, stored, new UpdateObject(Definitions.Key(), flipped, "", By), Now));
        var tree = update.ToJsonObject();
        Assert.Equal(["v1", "v2"], tree.Texts("status", "storedVersions"));
        Assert.Equal("v1", CustomKind.StorageVersion(tree));
        var kinds = CustomKind.Of(update).Versions;
        Assert.Equal([("v2", false), ("v1", true)], kinds.Select(kind => (kind.Version, kind.Conversion is null)));

        // It can neither be taken out of the definition nor called unused.
        tree["spec"]!["versions"]!.AsArray().RemoveAt(0);
        Assert.Contains("stored versions must appear in spec.versions", ObjectDecider.Decide(Definitions.Kind, update, new UpdateObject(Definitions.Key(), tree, "", By), Now).Rejection!.Message, StringComparison.Ordinal);
        var status = update.ToJsonObject();
        status["status"]!["storedVersions"] = new JsonArray("v2");
        Assert.Contains("objects are stored as v1", ObjectDecider.Decide(Definitions.Kind, update, new UpdateObject(Definitions.Key(), status, "status", By), Now).Rejection!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Versions_are_preferred_in_the_documented_order()
    {
        string[] order = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"];
        Assert.Equal(order, order.Reverse().Order(VersionPriority.Order));
    }

    [Fact]
    public void A_version_that_is_stored_and_not_served_has_no_path()
    {
        var widgets = Definitions.Widgets(definition =>
        {
            var next = definition.Version().DeepClone().AsObject();
            next["name"] = "v2";
            next["storage"] = false;
            definition.Version()["served"] = false;
            definition["spec"]!["versions"]!.AsArray().Add(next);
        });
        var kinds = CustomKind.Of(Commit(Create(widgets))).Versions;
        Assert.Equal([("v2", false), ("v1", true)], kinds.Select(kind => (kind.Version, kind.Internal)));
    }

    private static Decision Create(JsonObject definition) => ObjectDecider.Decide(Definitions.Kind, null, new CreateObject(Definitions.Key(), definition, By), Now) is var decision
        && definition.Metadata().Text("name") == Definitions.Key().Name ? decision
        : ObjectDecider.Decide(Definitions.Kind, null, new CreateObject(Definitions.Key() with { Name = definition.Metadata().Text("name") }, definition, By), Now);

    private static JsonObject Created(JsonObject definition) => Commit(Create(definition)).ToJsonObject();

    private static StoredObject Commit(Decision decision)
    {
        Assert.Null(decision.Rejection?.Message);
        decision.Event!.Committed(7);
        return decision.Event.ToStored();
    }

    private static void Set(JsonObject tree, string path, string value)
    {
        var steps = path.Split('.');
        JsonNode at = tree;
        foreach (var step in steps[..^1]) at = int.TryParse(step, out var index) ? at[index]! : at[step] ?? (at[step] = new JsonObject());
        at[steps[^1]] = JsonNode.Parse(value);
    }
}
