namespace ControlPlane.Admission.Images.Signatures;

/// <summary>How signatures of images are looked for.</summary>
public sealed record ImageSignatureOptions
{
    /// <summary>How long all that is asked about one image may take. Well below what a write has for the control plane's own steps (8 s), so that its sender hears why it was refused. 4 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How many images of one namespace are asked about at once; others wait, and that is part of their time. Of each namespace apart, so that one with a slow registry holds up no other. 8.</summary>
    public int AtOnce { get; init; } = 8;

    /// <summary>How many verified signatures are remembered; then the oldest are forgotten. 4096.</summary>
    public int Remembered { get; init; } = 4096;

    /// <summary>How long a verified signature is believed without looking again: one that was taken back from its registry counts for as long. 10 minutes.</summary>
    public TimeSpan RememberedFor { get; init; } = TimeSpan.FromMinutes(10);
}
