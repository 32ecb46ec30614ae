using System.Collections.Immutable;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Admission;

/// <summary>The webhooks that admission asks.</summary>
internal static class WebhookConfigurationKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        Configuration(KindOf.Cluster<V1MutatingWebhookConfiguration>(), mutating: true),
        Configuration(KindOf.Cluster<V1ValidatingWebhookConfiguration>(), mutating: false),
    ];

    private static KindDefinition Configuration(KindDefinition kind, bool mutating) => kind with
    {
        Categories = KindOf.ApiExtensions,
        Strategy = new WebhookConfigurationStrategy(mutating),
        Columns = [Name, Number("Webhooks", configuration => configuration.Items("webhooks").Count), Age],
    };
}
