
namespace ControlPlane.Objects.FieldManagement;

/// <summary>The names of field managers.</summary>
public static class FieldManager
{
    /// <summary>In bytes, as Kubernetes has it.</summary>
    public const int MaxLength = 128;

    /// <summary>The manager of who applies with kubectl, with whom kubectl's own way of applying is reconciled.</summary>
    public const string Kubectl = "kubectl";

    /// <summary>Stands for whoever wrote an object before anybody's fields were noted.</summary>
    public const string BeforeFirstApply = "before-first-apply";

    /// <summary>Has what the oldest of more than <see cref="MaxUpdaters"/> programs wrote.</summary>
    public const string Ancient = "ancient-changes";

    /// <summary>So many managers of an object that do not apply are told apart, as in Kubernetes.</summary>
    public const int MaxUpdaters = 10;

    /// <summary>Adds what is wrong with a name.</summary>
    public static void Check(string name, string path, FieldErrors errors)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(name) > MaxLength) errors.TooLong(path, MaxLength);
        if (name.Any(char.IsControl)) errors.Invalid(path, name, "should not contain non-printable characters");
    }
}
