namespace NodeActor.Pods.Machine;

/// <summary>
/// Now, twice. What is waited for is counted in elapsed time, which goes on however the clock is set; the time of day is only for what is shown, and for reading
/// what the API and the runtime tell as one.
/// </summary>
/// <param name="Elapsed">Since a moment that stays the same while this process lives.</param>
public readonly record struct Moment(TimeSpan Elapsed, DateTimeOffset Wall)
{
    public static Moment Of(TimeProvider clock) => new(ElapsedOf(clock), clock.GetUtcNow());

    /// <summary>The <see cref="Elapsed"/> of now.</summary>
    public static TimeSpan ElapsedOf(TimeProvider clock) => clock.GetElapsedTime(0);

    /// <summary>When it was this time of day, by the clock as it stands; now, if it has not come yet.</summary>
    public TimeSpan At(DateTimeOffset time) => time < Wall ? Elapsed - (Wall - time) : Elapsed;
}
