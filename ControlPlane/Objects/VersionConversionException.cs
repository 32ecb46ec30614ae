namespace ControlPlane.Objects;

/// <summary>A conversion that others were asked for came to nothing: they did not answer, or not as they should. What was asked for fails, and may be tried again.</summary>
/// <param name="message">Says which, in words for users.</param>
public sealed class VersionConversionException(string message) : Exception(message);
