using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace ControlPlane.Journal.Backups;

/// <summary>
/// Writes a backup, mode 0600. It has another name until it is whole and on the disk: nobody ever finds half of one under its own. One that was not
/// completed is removed.
/// </summary>
public sealed class BackupWriter : IDisposable
{
    private const int BufferSize = 128 * 1024;
    private readonly string _path;
    private readonly string _fresh;
    private readonly FileStream _file;
    private readonly HashedStream _hashed;
    private readonly BinaryWriter _records;
    private bool _whole;

    /// <summary>Begins a backup that will have this name.</summary>
    /// <exception cref="IOException">The folder is not there or can't be written.</exception>
    public BackupWriter(string path, BackupHeader header)
    {
        (_path, _fresh) = (path, $"{path}.{Environment.ProcessId}.new");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = BufferSize };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new(_fresh, options);
        _hashed = new(_file);
        _hashed.Write(Encoding.ASCII.GetBytes(BackupFormat.FirstLine));
        _records = new(new BufferedStream(new GZipStream(_hashed, CompressionLevel.Fastest, leaveOpen: true), BufferSize));
        _records.Write(BackupFormat.Header);
        _records.Write(JsonSerializer.Serialize(header, BackupFormat.Json));
    }

    /// <summary>How many events were written.</summary>
    public long Events { get; private set; }

    /// <summary>What their messages take together.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a fingerprint; all of them come before the events.</summary>
    public void WriteFingerprint(string name, string value)
    {
        _records.Write(BackupFormat.Fingerprint);
        _records.Write(name);
        _records.Write(value);
    }

    /// <summary>Adds a file of keys, in clear text; all of them come before the events.</summary>
    public void Write(BackupKeyFile file)
    {
        _records.Write(BackupFormat.KeyFile);
        _records.Write(file.Path);
        _records.Write(file.Text);
    }

    /// <summary>Adds the next event.</summary>
    public void Write(TableRow row)
    {
        if (row.Message.Length > BackupFormat.MaxMessage) throw new InvalidDataException($"The event of revision {row.Revision} has {row.Message.Length} bytes, and no backup can hold more than {BackupFormat.MaxMessage}.");
        _records.Write(BackupFormat.Event);
        _records.Write(row.Revision);
        _records.Write(row.Created);
        _records.Write((byte)((row.Deleted ? BackupFormat.Deleted : 0) | (row.Manifest is null ? 0 : BackupFormat.HasManifest)
            | (row.SerializerId is null ? 0 : BackupFormat.HasSerializer) | (row.Tags is null ? 0 : BackupFormat.HasTags)));
        _records.Write(row.PersistenceId);
        _records.Write(row.SequenceNr);
        if (row.Manifest is { } manifest) _records.Write(manifest);
        if (row.SerializerId is { } serializer) _records.Write(serializer);
        if (row.Tags is { } tags) _records.Write(tags);
        _records.Write(row.Message.Length);
        _records.Write(row.Message);
        Events++;
        Bytes += row.Message.Length;
    }

    /// <summary>Ends the backup and gives it its name; one of that name that was there before is replaced.</summary>
    public void Complete()
    {
        _records.Write(BackupFormat.End);
        _records.Write(Events);
        _records.Write(Bytes);
        _records.Dispose();
        _file.Write(Encoding.ASCII.GetBytes($"{BackupFormat.Checksum}{Convert.ToHexStringLower(_hashed.Hash())}\n"));
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_fresh, _path, overwrite: true);
        _whole = true;
    }

    public void Dispose()
    {
        if (_whole) return;
        _hashed.Dispose();
        _file.Dispose();
        File.Delete(_fresh);
    }
}
