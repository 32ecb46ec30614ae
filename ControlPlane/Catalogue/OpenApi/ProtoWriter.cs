using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ControlPlane.Catalogue.OpenApi;

/// <summary>Writes the protobuf wire format: strings, booleans, numbers and nested messages are all the document needs.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>A string field; nothing where it is empty, as proto3 has it.</summary>
    public void Text(int field, string value)
    {
        if (value.Length == 0) return;
        Tag(field, 2);
        Varint((ulong)Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _buffer);
    }

    /// <summary>A boolean field; nothing where it is false.</summary>
    public void Flag(int field, bool value)
    {
        if (!value) return;
        Tag(field, 0);
        Varint(1);
    }

    /// <summary>A whole number; nothing where it is zero.</summary>
    public void Integer(int field, long value)
    {
        if (value == 0) return;
        Tag(field, 0);
        Varint((ulong)value);
    }

    /// <summary>A double; nothing where it is zero.</summary>
    public void Number(int field, double value)
    {
        if (value == 0) return;
        Tag(field, 1);
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), value);
        _buffer.Advance(sizeof(double));
    }

    /// <summary>A message field.</summary>
    public void Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        Tag(field, 2);
        Varint((ulong)inner._buffer.WrittenCount);
        _buffer.Write(inner._buffer.WrittenSpan);
    }

    private void Tag(int field, int wireType) => Varint((ulong)(field << 3 | wireType));

    private void Varint(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
