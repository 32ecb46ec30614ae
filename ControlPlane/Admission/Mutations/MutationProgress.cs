using ControlPlane.Objects;
using ControlPlane.Objects.Admission;

namespace ControlPlane.Admission.Mutations;

/// <summary>What has become of one write so far. For one at a time.</summary>
internal sealed class MutationProgress
{
    private WriteNotes? _notes;

    /// <summary>How often the object was changed: who remembers the number knows whether it was since.</summary>
    public int Changes { get; private set; }

    /// <summary>The admission of the write as it is now.</summary>
    public AdmissionOutcome Outcome => new() { IsChanged = Changes > 0, Notes = _notes };

    /// <summary>The object is not what it was.</summary>
    public void Changed() => Changes++;

    /// <summary>Something is to be told beside, of a refusal too.</summary>
    public void Note(WriteNotes? notes) => _notes = WriteNotes.Join(_notes, notes);
}
