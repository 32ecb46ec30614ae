namespace NodeActor.Streaming;

/// <summary>Finds where the last lines of a file begin, reading only its end.</summary>
internal static class LogTail
{
    private const int Block = 64 * 1024;

    /// <summary>The offset of the first of the last <paramref name="lines"/> lines.</summary>
    public static long Find(FileStream file, long lines)
    {
        if (lines == 0) return file.Length;
        var buffer = new byte[Block];
        var end = file.Length;
        var seen = 0L;
        for (var at = end; at > 0;)
        {
            var size = (int)Math.Min(Block, at);
            at -= size;
            file.Position = at;
            file.ReadExactly(buffer, 0, size);
            for (var index = size - 1; index >= 0; index--)
            {
                // The last byte ends the last line; every other line end has a line behind it.
                if (buffer[index] == (byte)'\n' && at + index != end - 1 && ++seen == lines) return at + index + 1;
            }
        }
        return 0;
    }
}
