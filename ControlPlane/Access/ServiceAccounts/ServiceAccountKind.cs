using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>Service accounts.</summary>
internal static class ServiceAccountKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1ServiceAccount>("sa") with
    {
        Subresources = [KindOf.Sub<Authenticationv1TokenRequest>("token", KindOf.CreateOnly)],
        Columns = [Name, Number("Secrets", account => account.Items("secrets").Count), Age],
    };
}
