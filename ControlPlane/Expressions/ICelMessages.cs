using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions;

/// <summary>The messages that expressions may make by name.</summary>
public interface ICelMessages
{
    /// <summary>The type of a dotted name, with the fields it may be given; null if there is none.</summary>
    CelType? Find(string name);
}
