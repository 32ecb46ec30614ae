using System.Security.Cryptography;

namespace ControlPlane.Journal.Backups;

/// <summary>The part of a file that its checksum is of: hashes what is written to it, or read from it up to a length.</summary>
internal sealed class HashedStream(Stream file, long length = 0) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _left = length;

    public override bool CanRead => file.CanRead;
    public override bool CanSeek => false;
    public override bool CanWrite => file.CanWrite;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The SHA-256 so far.</summary>
    public byte[] Hash() => _hash.GetCurrentHash();

    public override int Read(Span<byte> buffer)
    {
        var read = file.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        _hash.AppendData(buffer[..read]);
        return read;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        file.Write(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    public override void Flush() => file.Flush();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    // The file is its owner's.
    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
