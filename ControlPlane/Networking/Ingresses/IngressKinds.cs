using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Networking.Ingresses;

/// <summary>Ingresses and their classes.</summary>
internal static class IngressKinds
{
    private const int Shown = 3;

    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        KindOf.Cluster<V1IngressClass>() with
        {
            Rules = [FieldRule.Required("spec.controller")],
            Columns = [Name, Field("Controller", "", "spec", "controller"), Text("Parameters", Parameters), Age],
        },
        KindOf.Namespaced<V1Ingress>("ing") with
        {
            HasStatus = true,
            Strategy = new IngressStrategy(),
            Columns =
            [
                Name,
                Field("Class", None, "spec", "ingressClassName"),
                Text("Hosts", ingress => Some(ingress.Items("spec", "rules").Select(rule => rule.Text("host")).Where(host => host.Length > 0), Shown, "*")),
                Text("Address", ingress => string.Join(',', LoadBalancerCells.Addresses(ingress))),
                Text("Ports", ingress => ingress.Items("spec", "tls").Count > 0 ? "80, 443" : "80"),
                Age,
            ],
        },
    ];

    private static string Parameters(JsonObject @class)
    {
        if (@class.At("spec", "parameters") is not { } parameters) return None;
        var group = parameters.Text("apiGroup") is { Length: > 0 } given ? $".{given}" : "";
        return $"{parameters.Text("kind")}{group}/{parameters.Text("name")}";
    }
}
