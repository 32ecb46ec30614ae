using System.Formats.Tar;
using System.Text;

namespace ControlPlane.CommandLine.Images;

/// <summary>One layer of an image: an uncompressed tar. The same content always gives the same bytes, so layers are shared by digest.</summary>
public sealed class ImageLayer
{
    private ImageLayer(byte[] tar) => Tar = tar;

    public byte[] Tar { get; }

    /// <summary><c>sha256:...</c> of the tar; being uncompressed, it is both the blob's digest and the diff id.</summary>
    public string Digest => ImageArchive.DigestOf(Tar);

    /// <summary>Builds a layer. Folders must come before what is in them.</summary>
    public static ImageLayer Of(params IEnumerable<LayerEntry> entries)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var entry in entries) writer.WriteEntry(entry.ToTar());
        }
        return new ImageLayer(stream.ToArray());
    }
}

/// <summary>A file, folder or link of a layer.</summary>
public abstract record LayerEntry(string Path, UnixFileMode Mode)
{
    private const UnixFileMode ReadAndEnter =
        UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode AllWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>A folder of mode 0755, or 1777 when it is for everybody.</summary>
    public static LayerEntry Folder(string path, bool everybody = false) =>
        new FolderEntry(path, everybody ? ReadAndEnter | AllWrite | UnixFileMode.StickyBit : ReadAndEnter | UnixFileMode.UserWrite);

    /// <summary>A file of mode 0755.</summary>
    public static LayerEntry Program(string path, byte[] content) => new FileEntry(path, content, ReadAndEnter | UnixFileMode.UserWrite);

    /// <summary>A file of mode 0644.</summary>
    public static LayerEntry Text(string path, string content) => new FileEntry(path, Encoding.UTF8.GetBytes(content), ReadOnly | UnixFileMode.UserWrite);

    /// <summary>A symbolic link.</summary>
    public static LayerEntry Link(string path, string target) => new LinkEntry(path, target);

    internal TarEntry ToTar()
    {
        var entry = Make();
        entry.Mode = Mode;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        return entry;
    }

    private protected abstract UstarTarEntry Make();

    private sealed record FolderEntry(string Path, UnixFileMode Mode) : LayerEntry(Path, Mode)
    {
        private protected override UstarTarEntry Make() => new(TarEntryType.Directory, Path);
    }

    private sealed record FileEntry(string Path, byte[] Content, UnixFileMode Mode) : LayerEntry(Path, Mode)
    {
        private protected override UstarTarEntry Make() => new(TarEntryType.RegularFile, Path) { DataStream = new MemoryStream(Content) };
    }

    private sealed record LinkEntry(string Path, string Target) : LayerEntry(Path, ReadAndEnter | AllWrite)
    {
        private protected override UstarTarEntry Make() => new(TarEntryType.SymbolicLink, Path) { LinkName = Target };
    }
}
