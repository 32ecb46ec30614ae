using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>
/// How a target without work goes to zero, and comes back. Not Kubernetes': a HorizontalPodAutoscaler with <c>minReplicas: 0</c> says in <see cref="After"/> how long nobody
/// may have asked for anything. Who carries requests notes in <see cref="LastRequest"/> that there was one (a few times a minute is enough, and at once where one waits for
/// the first pod): that is the whole interface between traffic and scaling.
/// </summary>
/// <param name="Wait">How long there is no request before the target goes to zero.</param>
/// <param name="Requested">When there was one last: at the autoscaler's creation, if there never was.</param>
internal sealed record IdleRule(TimeSpan Wait, DateTimeOffset Requested)
{
    /// <summary>The annotation that lets an idle target go to zero: a duration such as <c>10m</c> or <c>1h30m</c>.</summary>
    public const string After = "autoscaling.actors.io/scale-to-zero-after";

    /// <summary>The annotation that says when a request came last, as RFC 3339.</summary>
    public const string LastRequest = "autoscaling.actors.io/last-request";

    public static IdleRule? Read(ImmutableSortedDictionary<string, string> annotations, DateTimeOffset created) =>
        Duration(annotations.GetValueOrDefault(After)) is { } wait
            ? new(wait, Rfc3339.Read(annotations.GetValueOrDefault(LastRequest)) is { } requested && requested > created ? requested : created)
            : null;

    /// <summary>Whether nobody has asked for long enough.</summary>
    public bool IsIdle(DateTimeOffset now) => now - Requested >= Wait;

    /// <summary>How long until it is idle, if nobody asks.</summary>
    public TimeSpan Left(DateTimeOffset now) => Requested + Wait - now;

    /// <summary>Adds the faults of the two annotations.</summary>
    public static void Validate(IReadOnlyDictionary<string, string> annotations, FieldErrors errors)
    {
        var at = FieldPath.Of("metadata").Child("annotations");
        if (annotations.TryGetValue(After, out var after) && Duration(after) is null) errors.Invalid(at.Key(After), after, "must be a positive duration, such as 10m or 1h30m");
        if (annotations.TryGetValue(LastRequest, out var last) && Rfc3339.Read(last) is null) errors.Invalid(at.Key(LastRequest), last, "must be an RFC 3339 time");
    }

    private static TimeSpan? Duration(string? text) => text is not null && GoDuration.Read(text) is { } duration && duration > TimeSpan.Zero ? duration : null;
}
