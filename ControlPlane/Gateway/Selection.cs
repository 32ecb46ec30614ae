using System.Diagnostics.CodeAnalysis;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>Which objects a list, watch or deletecollection is about: namespace, name, label and field selector.</summary>
public sealed record Selection(string Namespace, string Name, LabelSelector Labels, FieldSelector Fields)
{
    /// <summary>Whether every object of the namespace matches.</summary>
    public bool IsEverything => Name.Length == 0 && Labels.IsEverything && Fields.IsEverything;

    /// <summary>The one name that can match, from the path or a field selector; "" if several can.</summary>
    public string ExactName => Name.Length > 0 ? Name : Fields.Name ?? "";

    /// <summary>Reads the selection of a request, or says with 400 what is wrong with it.</summary>
    public static bool TryParse(GatewayRequest request, [NotNullWhen(true)] out Selection? selection, [NotNullWhen(false)] out ApiStatus? refusal)
    {
        selection = null;
        if (!LabelSelector.TryParse(request.Query["labelSelector"].ToString(), out var labels, out refusal)) return false;
        if (!FieldSelector.TryParse(request.Query["fieldSelector"].ToString(), request.Kind, out var fields, out refusal)) return false;
        selection = new(request.Kind.Namespaced ? request.Info.Namespace : "", request.Info.Name, labels, fields);
        return true;
    }

    /// <summary>Whether an object is meant.</summary>
    public bool Matches(StoredObject stored) =>
        (Namespace.Length == 0 || stored.Key.Namespace == Namespace)
        && (Name.Length == 0 || stored.Key.Name == Name)
        && (Labels.IsEverything || Labels.Matches(stored.Header.Labels))
        && (Fields.IsEverything || Fields.Matches(stored));
}
