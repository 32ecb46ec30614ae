using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Standard;

/// <summary>The parts of times, in UTC or a zone, and lengths of time in a unit.</summary>
internal static class TimeLibrary
{
    public static void Declare(FunctionTable table)
    {
        Part(table, "getFullYear", static time => time.Year);
        Part(table, "getMonth", static time => time.Month - 1);
        Part(table, "getDayOfMonth", static time => time.Day - 1);
        Part(table, "getDate", static time => time.Day);
        Part(table, "getDayOfWeek", static time => (int)time.DayOfWeek);
        Part(table, "getDayOfYear", static time => time.DayOfYear - 1);
        Part(table, "getHours", static time => time.Hour);
        Part(table, "getMinutes", static time => time.Minute);
        Part(table, "getSeconds", static time => time.Second);
        table.Add("(timestamp).getMilliseconds(): int", static arguments => CelValue.Of(arguments[0].Nanos / 1_000_000L));
        table.Add("(timestamp).getMilliseconds(string): int", static arguments => CelValue.Of(arguments[0].Nanos / 1_000_000L));
        table.Add("(duration).getHours(): int", static arguments => CelValue.Of(arguments[0].Int / (3600 * Times.SecondNanos)));
        table.Add("(duration).getMinutes(): int", static arguments => CelValue.Of(arguments[0].Int / (60 * Times.SecondNanos)));
        table.Add("(duration).getSeconds(): int", static arguments => CelValue.Of(arguments[0].Int / Times.SecondNanos));
        table.Add("(duration).getMilliseconds(): int", static arguments => CelValue.Of(arguments[0].Int / 1_000_000 % 1000));
    }

    private static void Part(FunctionTable table, string name, Func<DateTime, long> part)
    {
        table.Add($"(timestamp).{name}(): int", arguments => TimeParts.Of(arguments[0], part));
        table.Add($"(timestamp).{name}(string): int", arguments => TimeParts.Of(arguments[0], arguments[1].Text, part));
    }
}
