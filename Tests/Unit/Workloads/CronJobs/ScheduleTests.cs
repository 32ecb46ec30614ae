using ControlPlane.Workloads.CronJobs.Schedules;
using CsCheck;
using Xunit;

namespace Tests.Unit.Workloads.CronJobs;

public sealed class ScheduleTests
{
    private static readonly string[] Zones = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC"];
    private static readonly string[] Schedules = ["*/7 * * * *", "30 6-16/4 * * 1-5", "0 0 1 * *", "@every 7m", "0 0 13 * 5"];

    private static Schedule Read(string text, string zone = "") =>
        ScheduleReader.Read(text, TimeZones.Find(zone) ?? throw new InvalidOperationException($"The machine does not know {zone}.")).Schedule ?? throw new InvalidOperationException(text);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static DateTimeOffset? Next(string schedule, string after, string zone = "") => Read(schedule, zone).Next(At(after));

    [Theory]
    [InlineData("*/15 * * * *", "2012-07-09T14:45:00Z", "2012-07-09T15:00:00Z")]
    [InlineData("20-35/15 * * * *", "2012-07-09T15:45:00Z", "2012-07-09T16:20:00Z")]
    [InlineData("50/5 * * * *", "2012-07-09T15:51:30Z", "2012-07-09T15:55:00Z")]
    [InlineData("0 0 29 2 *", "2013-01-01T00:00:00Z", "2016-02-29T00:00:00Z")]
    [InlineData("0 9 ? * MON-fri", "2026-01-02T10:00:00Z", "2026-01-05T09:00:00Z")]
    [InlineData("0 0 1 jan,Jul *", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("*/90 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("@midnight", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("@every 1h30m", "2026-01-01T00:00:10.7Z", "2026-01-01T01:30:10Z")]
    [InlineData("@every 500ms", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")]
    public void Next_time_is_that_of_the_schedule(string schedule, string after, string next) => Assert.Equal(At(next), Next(schedule, after));

    [Fact]
    public void Schedule_that_never_comes_has_no_next_time()
    {
        Assert.Null(Next("0 0 31 2 *", "2026-01-01T00:00:00Z"));
        Assert.Null(Read("0 0 31 2 *").Latest(At("2020-01-01T00:00:00Z"), At("2026-01-01T00:00:00Z")));
    }

    /// <summary>Cronos wants both, Kubernetes either.</summary>
    [Theory]
    [InlineData("0 0 13 * 5", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z")]
    [InlineData("0 0 15 * 5", "2026-02-13T00:00:00Z", "2026-02-15T00:00:00Z")]
    [InlineData("0 0 */10 * 5", "2026-02-07T00:00:00Z", "2026-02-11T00:00:00Z")]
    public void Days_of_month_and_of_week_together_are_either(string schedule, string after, string next) => Assert.Equal(At(next), Next(schedule, after));

    /// <summary>A star, however it is stepped by one, leaves the choice to the other field.</summary>
    [Theory]
    [InlineData("0 0 * * 5", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z")]
    [InlineData("0 0 */1 * 5", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z")]
    [InlineData("0 0 13 * ?", "2026-02-01T00:00:00Z", "2026-02-13T00:00:00Z")]
    public void Star_for_days_leaves_the_choice_to_the_other_field(string schedule, string after, string next) => Assert.Equal(At(next), Next(schedule, after));

    /// <summary>Cronos reads the first eight.</summary>
    [Theory]
    [InlineData("0 0 L * *", "failed to parse int from L")]
    [InlineData("0 0 15W * *", "failed to parse int from 15W")]
    [InlineData("0 0 * * 5#2", "failed to parse int from 5#2")]
    [InlineData("0 0 * * 7", "end of range (7) above maximum (6): 7")]
    [InlineData("0 22-2 * * *", "beginning of range (22) beyond end of range (2): 22-2")]
    [InlineData("0 0 * * FRI-MON", "beginning of range (5) beyond end of range (1): FRI-MON")]
    [InlineData("* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]")]
    [InlineData("@every_minute", "unrecognized descriptor: @every_minute")]
    [InlineData("60 * * * *", "end of range (60) above maximum (59): 60")]
    [InlineData("0 0 0 * *", "beginning of range (0) below minimum (1): 0")]
    [InlineData("*/0 * * * *", "step of range should be a positive number: */0")]
    [InlineData("1-2-3 * * * *", "too many hyphens: 1-2-3")]
    [InlineData("1/2/3 * * * *", "too many slashes: 1/2/3")]
    [InlineData("1+2 * * * *", "failed to parse int from 1+2")]
    [InlineData(", * * * *", "no value in field: ,")]
    [InlineData("@every soon", "failed to parse duration @every soon")]
    [InlineData("@every -1h", "failed to parse duration @every -1h")]
    [InlineData("CRON_TZ=UTC 0 0 * * *", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")]
    public void Schedule_that_kubernetes_refuses_is_refused(string schedule, string fault) => Assert.Equal(fault, ScheduleReader.Read(schedule, TimeZoneInfo.Utc).Fault);

    /// <summary>Cronos would run at the end of the gap, and once in the hour that comes twice.</summary>
    [Theory]
    [InlineData("0 * * * *", "2012-03-11T00:00:00-05:00", "2012-03-11T01:00:00-05:00", "2012-03-11T03:00:00-04:00")]
    [InlineData("0 2 * * *", "2012-03-10T12:00:00-05:00", "2012-03-12T02:00:00-04:00", "2012-03-13T02:00:00-04:00")]
    [InlineData("0 * * * *", "2012-11-04T00:00:00-04:00", "2012-11-04T01:00:00-04:00", "2012-11-04T01:00:00-05:00")]
    [InlineData("0 1 * * *", "2012-11-04T00:00:00-04:00", "2012-11-04T01:00:00-04:00", "2012-11-04T01:00:00-05:00")]
    [InlineData("30 1 4 11 *", "2012-11-04T00:00:00-04:00", "2012-11-04T01:30:00-04:00", "2012-11-04T01:30:00-05:00")]
    [InlineData("0 3 * * *", "2012-11-04T00:00:00-04:00", "2012-11-04T03:00:00-05:00", "2012-11-05T03:00:00-05:00")]
    public void Clock_changes_leave_times_out_and_bring_them_twice(string schedule, string after, string first, string second)
    {
        Assert.Equal(At(first), Next(schedule, after, "America/New_York"));
        Assert.Equal(At(second), Next(schedule, first, "America/New_York"));
    }

    [Fact]
    public void Times_of_a_zone_are_all_those_at_which_its_clock_shows_them() =>
        Gen.Select(Gen.Int[0, 59], Gen.Int[0, 23], Gen.Int[0, Zones.Length - 1].Select(i => Zones[i]), Gen.Int[0, 500])
            .Sample((minute, hour, name, day) =>
            {
                var (zone, from) = (TimeZones.Find(name)!, At("2025-01-01T00:00:00Z").AddDays(day));
                var expected = Enumerable.Range(1, 8 * 24 * 60).Select(minutes => from.AddMinutes(minutes))
                    .Where(at => TimeZoneInfo.ConvertTime(at, zone) is var local && local.Minute == minute && local.Hour == hour).ToArray();
                var found = new List<DateTimeOffset>();
                var schedule = Read($"{minute} {hour} * * *", name);
                for (var at = schedule.Next(from); at <= from.AddDays(8); at = schedule.Next(at.Value)) found.Add(at.Value);
                Assert.Equal(expected, found);
            }, iter: 300);

    [Fact]
    public void Latest_is_the_last_of_the_next_ones() =>
        Gen.Select(Gen.Int[0, Schedules.Length - 1].Select(i => Schedules[i]), Gen.Int[0, 100_000], Gen.Int[0, 40_000]).Sample((text, start, minutes) =>
        {
            var (schedule, from) = (Read(text), At("2026-01-01T00:00:00Z").AddMinutes(start));
            var until = from.AddMinutes(minutes);
            DateTimeOffset? last = null;
            var count = 0;
            for (var at = schedule.Next(from); at <= until; at = schedule.Next(at.Value), count++) last = at;
            Assert.Equal(last, schedule.Latest(from, until));
            Assert.Equal(count > 100, schedule.HasMoreThan(100, from, until));
        }, iter: 300);

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("Etc/GMT+5", true)]
    [InlineData("Mars/Olympus", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("Eastern Standard Time", false)]
    [InlineData("/usr/share/zoneinfo/UTC", false)]
    public void Zone_is_known_by_its_iana_name(string name, bool known) => Assert.Equal(known, TimeZones.Find(name) is not null);
}
