using System.Buffers.Binary;

namespace ControlPlane.CommandLine.Images;

/// <summary>
/// The program of a pod's sandbox: a static x86-64 ELF file of 129 bytes that calls pause(2) for ever. It holds the pod's namespaces and uses
/// one page of memory.
/// </summary>
public static class PauseProgram
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const ulong BaseAddress = 0x400000;

    // mov eax, 34 (pause); syscall; jmp back to the start
    private static readonly byte[] Code = [0xb8, 0x22, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xeb, 0xf7];

    /// <summary>The file.</summary>
    public static byte[] Build()
    {
        const int start = HeaderSize + ProgramHeaderSize;
        var file = new byte[start + Code.Length];
        byte[] identification = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identification.CopyTo(file, 0);
        Put16(file, 16, 2);                          // type: executable
        Put16(file, 18, 62);                         // machine: x86-64
        Put32(file, 20, 1);                          // version
        Put64(file, 24, BaseAddress + start);        // entry point
        Put64(file, 32, HeaderSize);                 // offset of the program header
        Put16(file, 52, HeaderSize);
        Put16(file, 54, ProgramHeaderSize);
        Put16(file, 56, 1);                          // one program header
        Put32(file, HeaderSize, 1);                  // type: load
        Put32(file, HeaderSize + 4, 5);              // flags: read and execute
        Put64(file, HeaderSize + 16, BaseAddress);
        Put64(file, HeaderSize + 24, BaseAddress);
        Put64(file, HeaderSize + 32, (ulong)file.Length);
        Put64(file, HeaderSize + 40, (ulong)file.Length);
        Put64(file, HeaderSize + 48, 0x1000);        // alignment
        Code.CopyTo(file, start);
        return file;
    }

    private static void Put16(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
    private static void Put32(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
    private static void Put64(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
