
namespace ControlPlane.Objects;

/// <summary>Orders the objects of one resource by (namespace, name).</summary>
internal sealed class KeyOrder : IComparer<StoredObject>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(StoredObject? x, StoredObject? y)
    {
        var order = string.CompareOrdinal(x!.Key.Namespace, y!.Key.Namespace);
        return order != 0 ? order : string.CompareOrdinal(x.Key.Name, y.Key.Name);
    }
}
