namespace ControlPlane.Admission.PodSecurity;

/// <summary>The levels of the Pod Security Standards, each stricter than the one before.</summary>
public enum SecurityLevel { Privileged, Baseline, Restricted }
