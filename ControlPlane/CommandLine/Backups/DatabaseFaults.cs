using System.Data.Common;

namespace ControlPlane.CommandLine.Backups;

/// <summary>What can go wrong with a database or a disk: the user is told, and no program is at fault.</summary>
internal static class DatabaseFaults
{
    public static bool Are(Exception fault) => fault is DbException or IOException or UnauthorizedAccessException or TimeoutException or InvalidDataException;
}
