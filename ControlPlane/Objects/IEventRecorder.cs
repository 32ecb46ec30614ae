namespace ControlPlane.Objects;

/// <summary>Tells users what happened, as core/v1 Events.</summary>
public interface IEventRecorder
{
    /// <summary>
    /// Hands the note over and returns at once, from any thread. Repeats are counted in one Event; what does not fit the bounded queue is
    /// dropped and counted: an event is never worth a wait.
    /// </summary>
    void Record(EventNote note);
}
