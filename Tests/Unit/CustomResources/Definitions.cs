using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;

namespace Tests.Unit.CustomResources;

/// <summary>Definitions of custom resources for tests.</summary>
internal static class Definitions
{
    public static readonly KindDefinition Kind = TestCatalogue.Default.FindKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")!;

    /// <summary>A definition of widgets in shop.example.com, changed by <paramref name="change"/>.</summary>
    public static JsonObject Widgets(Action<JsonObject>? change = null, string plural = "widgets", string kind = "Widget")
    {
        var definition = JsonNode.Parse("""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"PLURAL.shop.example.com"},"spec":{
             "group":"shop.example.com","scope":"Namespaced","names":{"plural":"PLURAL","kind":"KIND","shortNames":["SHORT"],"categories":["all"]},
             "versions":[{"name":"v1","served":true,"storage":true,
              "subresources":{"status":{},"scale":{"specReplicasPath":".spec.copies","statusReplicasPath":".status.copies","labelSelectorPath":".status.selector"}},
              "selectableFields":[{"jsonPath":".spec.color"}],
              "additionalPrinterColumns":[{"name":"Color","type":"string","jsonPath":".spec.color"},{"name":"Size","type":"integer","jsonPath":".spec.size","priority":1}],
              "schema":{"openAPIV3Schema":{"type":"object","description":"A widget.","required":["spec"],"properties":{
               "spec":{"type":"object","description":"What is wanted.","properties":{"color":{"type":"string","default":"red","enum":["red","green"]},"size":{"type":"integer","maximum":10},"copies":{"type":"integer"},
                "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"weight":{"type":"integer"}}}}}},
               "status":{"type":"object","properties":{"copies":{"type":"integer"},"selector":{"type":"string"},"ready":{"type":"boolean"}}}}}}}]}}
            """.Replace("PLURAL", plural, StringComparison.Ordinal).Replace("KIND", kind, StringComparison.Ordinal).Replace("SHORT", plural[..2], StringComparison.Ordinal))!.AsObject();
        change?.Invoke(definition);
        return definition;
    }

    public static JsonObject Version(this JsonObject definition, int index = 0) => definition["spec"]!["versions"]![index]!.AsObject();

    public static ObjectKey Key(string plural = "widgets") => new("apiextensions.k8s.io", "customresourcedefinitions", "", $"{plural}.shop.example.com");
}
