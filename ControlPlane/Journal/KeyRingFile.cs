using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Journal;

/// <summary>The file of a <see cref="KeyRing"/>: an <c>id base64</c> line per key, the one that encrypts last. Readable by its owner only, replaced in one step.</summary>
internal static class KeyRingFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static (ImmutableDictionary<int, byte[]> Keys, int Current) Read(string path, int keySize) => Parse(File.ReadAllText(path), path, keySize);

    /// <summary>Reads the text of a ring's file.</summary>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static (ImmutableDictionary<int, byte[]> Keys, int Current) Parse(string text, string path, int keySize)
    {
        var keys = ImmutableDictionary.CreateBuilder<int, byte[]>();
        var current = 0;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0) continue;
            var key = new byte[keySize];
            if (parts.Length != 2 || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out current) || !Convert.TryFromBase64String(parts[1], key, out var size) || size != keySize)
            {
                throw new InvalidDataException($"{path} is not a key ring: each line is an id and a base64 key of {keySize} bytes.");
            }
            keys[current] = key;
        }
        return keys.Count > 0 ? (keys.ToImmutable(), current) : throw new InvalidDataException($"{path} holds no key.");
    }

    /// <summary>Makes a ring with one new key, unless another process was faster: then both use its.</summary>
    public static void Create(string path, int keySize)
    {
        var made = Fresh(path, $"1 {Convert.ToBase64String(RandomNumberGenerator.GetBytes(keySize))}\n");
        try
        {
            File.Move(made, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(made);
        }
    }

    /// <summary>Replaces the ring.</summary>
    public static void Write(string path, IEnumerable<int> kept, IReadOnlyDictionary<int, byte[]> keys, int current)
    {
        var lines = kept.OrderBy(id => id == current).ThenBy(id => id).Select(id => string.Create(CultureInfo.InvariantCulture, $"{id} {Convert.ToBase64String(keys[id])}\n"));
        File.Move(Fresh(path, string.Concat(lines)), path, overwrite: true);
    }

    private static string Fresh(string path, string text)
    {
        var made = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(made, options);
        file.Write(Encoding.ASCII.GetBytes(text));
        file.Flush(flushToDisk: true);
        return made;
    }
}
