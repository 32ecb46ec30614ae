using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ControlPlane.Journal.Backups;

/// <summary>
/// Reads a backup. All of the file is compared with its checksum before anything is told of it, and once more while the events are read: what is altered or cut off is
/// refused, be it before or meanwhile.
/// </summary>
public sealed class BackupReader : IDisposable
{
    private const int BufferSize = 128 * 1024;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly byte[] _checksum;
    private readonly HashedStream _hashed;
    private readonly BinaryReader _records;
    private byte _next;

    /// <summary>Opens a backup, compares it with its checksum and reads what comes before the events.</summary>
    /// <exception cref="BackupUnreadableException">It is not whole, or not one that this version knows.</exception>
    public BackupReader(string path)
    {
        _path = path;
        try
        {
            _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BackupUnreadableException($"{path} can't be read: {fault.Message}", fault);
        }
        try
        {
            var length = CheckFirstLine();
            _checksum = Check(length);
            _file.Position = 0;
            _hashed = new(_file, length);
            _hashed.ReadExactly(new byte[BackupFormat.FirstLine.Length]);
            _records = new(new BufferedStream(new GZipStream(_hashed, CompressionMode.Decompress), BufferSize));
            Header = Guarded(ReadBegin);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public BackupHeader Header { get; }

    /// <summary>The fingerprints of the keys that the cluster had.</summary>
    public Dictionary<string, string> Fingerprints { get; } = new(StringComparer.Ordinal);

    /// <summary>The cluster's keys, if the backup brings them along.</summary>
    public List<BackupKeyFile> KeyFiles { get; } = [];

    /// <summary>How many events have been read.</summary>
    public long Events { get; private set; }

    /// <summary>What their messages take together.</summary>
    public long Bytes { get; private set; }

    /// <summary>The events in order; once.</summary>
    /// <exception cref="BackupUnreadableException">The file was altered since it was opened, or is not what its version says.</exception>
    public IEnumerable<TableRow> Read()
    {
        while (Guarded(Next) is { } row) yield return row;
    }

    public void Dispose()
    {
        _records.Dispose();
        _hashed.Dispose();
        _file.Dispose();
    }

    private long CheckFirstLine()
    {
        var line = new byte[32];
        var begin = Encoding.ASCII.GetString(line, 0, _file.ReadAtLeast(line, line.Length, throwOnEndOfStream: false));
        if (!begin.StartsWith(BackupFormat.Name, StringComparison.Ordinal)) throw new BackupUnreadableException($"{_path} is not a backup that actors made.");
        var version = begin[BackupFormat.Name.Length..].Split('\n')[0];
        if (version != $"{BackupFormat.Version}") throw new BackupUnreadableException($"{_path} is a backup of layout {version}, and this version of actors knows {BackupFormat.Version}: restore it with the version that made it, or a newer one.");
        return _file.Length - BackupFormat.TrailerSize is var length && length >= BackupFormat.FirstLine.Length ? length : throw CutOff();
    }

    private byte[] Check(long length)
    {
        _file.Position = length;
        var trailer = new byte[BackupFormat.TrailerSize];
        _file.ReadExactly(trailer);
        var line = Encoding.ASCII.GetString(trailer);
        if (!line.StartsWith(BackupFormat.Checksum, StringComparison.Ordinal) || line[^1] != '\n') throw CutOff();
        _file.Position = 0;
        using var hashed = new HashedStream(_file, length);
        var buffer = new byte[BufferSize];
        while (hashed.Read(buffer) > 0) { } // the hash is what it is read for
        var hash = hashed.Hash();
        return line == $"{BackupFormat.Checksum}{Convert.ToHexStringLower(hash)}\n" ? hash : throw Altered();
    }

    private BackupHeader ReadBegin()
    {
        if (_records.ReadByte() != BackupFormat.Header) throw new InvalidDataException("It does not begin with a header.");
        var header = JsonSerializer.Deserialize<BackupHeader>(_records.ReadString(), BackupFormat.Json) ?? throw new InvalidDataException("Its header is empty.");
        for (_next = _records.ReadByte(); ; _next = _records.ReadByte())
        {
            if (_next == BackupFormat.Fingerprint) Fingerprints[_records.ReadString()] = _records.ReadString();
            else if (_next == BackupFormat.KeyFile) KeyFiles.Add(ReadKeyFile());
            else return header;
        }
    }

    // Its path is made a file of: only those that a cluster has.
    private BackupKeyFile ReadKeyFile() => _records.ReadString() is var path && BackupFormat.KeyFiles.Contains(path)
        ? new(path, _records.ReadString())
        : throw new InvalidDataException($"'{path}' is no file of keys.");

    private TableRow? Next()
    {
        if (_next == BackupFormat.Event)
        {
            var row = ReadEvent();
            Events++;
            Bytes += row.Message.Length;
            _next = _records.ReadByte();
            return row;
        }
        if (_next != BackupFormat.End) throw new InvalidDataException($"A record of kind {_next} is not known.");
        if (_records.ReadInt64() != Events || _records.ReadInt64() != Bytes) throw new InvalidDataException("It holds not as many events as it says.");
        if (_records.BaseStream.ReadByte() >= 0) throw new InvalidDataException("Something stands behind its end.");
        while (_hashed.Read(new byte[BufferSize]) > 0) { } // nothing, if it is well
        if (!CryptographicOperations.FixedTimeEquals(_hashed.Hash(), _checksum)) throw Altered();
        return null;
    }

    private TableRow ReadEvent()
    {
        var (revision, created, flags) = (_records.ReadInt64(), _records.ReadInt64(), _records.ReadByte());
        var (id, sequenceNr) = (_records.ReadString(), _records.ReadInt64());
        var manifest = (flags & BackupFormat.HasManifest) != 0 ? _records.ReadString() : null;
        int? serializer = (flags & BackupFormat.HasSerializer) != 0 ? _records.ReadInt32() : null;
        var tags = (flags & BackupFormat.HasTags) != 0 ? _records.ReadString() : null;
        var length = _records.ReadInt32();
        if (length is < 0 or > BackupFormat.MaxMessage) throw new InvalidDataException($"Revision {revision} has {length} bytes.");
        var message = new byte[length];
        _records.BaseStream.ReadExactly(message);
        return new(revision, created, (flags & BackupFormat.Deleted) != 0, id, sequenceNr, message, manifest, serializer, tags);
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or JsonException or FormatException or ArgumentException)
        {
            throw new BackupUnreadableException($"{_path} can't be read: {fault.Message}", fault);
        }
    }

    private BackupUnreadableException CutOff() => new($"{_path} is cut off: it does not end with its checksum. Take another backup, or copy it again from where it was made.");

    private BackupUnreadableException Altered() => new($"{_path} was altered or damaged: it is not what its checksum says. Take another backup, or copy it again from where it was made.");
}
