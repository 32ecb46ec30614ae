namespace ControlPlane.Admission;

/// <summary>Reads what a server that users name has to say, up to a bound.</summary>
internal static class BoundedBody
{
    private const int FirstBuffer = 4096;

    /// <summary>The body of an answer, or its beginning and that it was longer.</summary>
    /// <param name="longest">In bytes.</param>
    public static async Task<(ReadOnlyMemory<byte> Body, bool Whole)> Read(HttpContent content, int longest, CancellationToken stop)
    {
        await using var stream = await content.ReadAsStreamAsync(stop);
        var buffer = new byte[FirstBuffer];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), stop);
            if (read == 0) return (buffer.AsMemory(0, length), true);
            length += read;
            if (length > longest) return (buffer.AsMemory(0, longest), false);
            if (length == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }
    }
}
