using System.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Npgsql;

namespace ControlPlane.CommandLine;

/// <summary>Options that several verbs share.</summary>
internal static class ClusterOptions
{
    /// <summary><c>--data DIR</c>.</summary>
    public static Option<string> Data() => new("--data")
    {
        Description = "Where the cluster keeps its state. Clusters with different directories and ports run side by side.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ClusterFolder.Default,
    };

    /// <summary><c>--database CONNECTION</c> of the verbs that may be told it in the environment.</summary>
    public static Option<string?> Database(string description) => new Option<string?>("--database")
    {
        Description = $"{description} May be told in the variable {ClusterProcesses.DatabaseVariable}, which others can't see.",
        HelpName = "CONNECTION",
    }.AcceptConnectionStrings();

    /// <summary>The value of <see cref="Database"/>, or of the variable that stands for it.</summary>
    public static string? DatabaseOrVariable(string? option) =>
        (option ?? Environment.GetEnvironmentVariable(ClusterProcesses.DatabaseVariable)) is { Length: > 0 } database ? database : null;

    /// <summary><c>--control-planes N</c>.</summary>
    public static Option<int?> ControlPlanes(string description)
    {
        var option = new Option<int?>("--control-planes") { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } count && !ClusterDescription.MemberCounts.Contains(count))
            {
                result.AddError($"--control-planes {count} is not 1, 3 or 5. A majority must stay when some are lost: an even number survives no more losses than the odd one below it, and more than 5 only cost time.");
            }
        });
        return option;
    }

    /// <summary>Refuses what is no PostgreSQL connection string, before anything is started on it.</summary>
    public static Option<string?> AcceptConnectionStrings(this Option<string?> option)
    {
        option.Validators.Add(result =>
        {
            try
            {
                if (result.Tokens is [{ Value: var text }]) _ = new NpgsqlConnectionStringBuilder(text);
            }
            catch (ArgumentException fault)
            {
                result.AddError($"{option.Name} is not a PostgreSQL connection string such as \"Host=db;Database=actors;Username=actors\": {fault.Message}");
            }
        });
        return option;
    }

    /// <summary>Refuses what is no TCP port.</summary>
    public static Option<T> AcceptPorts<T>(this Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var port) && port is < 1 or > ushort.MaxValue)
            {
                result.AddError($"{option.Name} {port} is not a port: it must be from 1 to {ushort.MaxValue}.");
            }
        });
        return option;
    }

    /// <summary>Reads <c>10s</c>, <c>500ms</c>, <c>2m</c>, <c>1h</c>, or a bare number of seconds.</summary>
    /// <exception cref="CommandFailedException">It is none of them.</exception>
    public static TimeSpan Duration(string text)
    {
        var number = text.TrimEnd('h', 'm', 's');
        if (!double.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out var value) || value < 0)
        {
            throw new CommandFailedException($"'{text}' is not a duration. Write for example 10s, 500ms or 2m.");
        }
        return text[number.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(value),
            "" or "s" => TimeSpan.FromSeconds(value),
            "m" => TimeSpan.FromMinutes(value),
            "h" => TimeSpan.FromHours(value),
            var unit => throw new CommandFailedException($"'{unit}' in '{text}' is not a unit of time. Use ms, s, m or h."),
        };
    }
}
