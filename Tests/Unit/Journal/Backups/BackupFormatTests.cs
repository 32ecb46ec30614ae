using System.Security.Cryptography;
using System.Text;
using ControlPlane.Journal;
using ControlPlane.Journal.Backups;
using CsCheck;
using Xunit;

namespace Tests.Unit.Journal.Backups;

/// <summary>The file of a backup: whatever is in a journal comes back, and what is not whole is refused.</summary>
public sealed class BackupFormatTests : IDisposable
{
    private static readonly BackupHeader Header = new(new(2026, 2, 28, 12, 30, 0, TimeSpan.Zero), true, 1000, 17);
    private static readonly BackupKeyFile Keys = new("secrets.keys", "1 c2VjcmV0\n");
    private static readonly TableRow[] Rows =
    [
        new(3, 638000000000000000, false, "/configmaps/default/a", 1, [1, 2, 3], "o1", 9101, ""),
        new(1000, 638000000000000001, true, "apps/deployments/größe/b", 2, [], null, null, null),
    ];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("backup-");

    private string File => Path.Combine(_directory.FullName, "file");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Rows_fingerprints_and_keys_read_back_as_they_were()
    {
        var text = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char.AlphaNumeric, 0, 200], Gen.Const("größe ✓ \0\n"));
        var row = Gen.Select(Gen.Long, Gen.Bool, text, Gen.Long, Gen.Byte.Array[0, 2000], text.Null(), Gen.Int.Nullable(), text.Null())
            .Select((created, deleted, id, sequenceNr, message, manifest, serializer, tags) => new TableRow(0, created, deleted, id, sequenceNr, message, manifest, serializer, tags));
        Gen.Select(row.Array[0, 20], Gen.Select(text, text).Array[0, 4], Gen.Int[0, 4]).Sample(
            (rows, fingerprints, keys) =>
            {
                var numbered = rows.Select((each, i) => each with { Revision = 1 + (i * 3) }).ToArray();
                var files = BackupFormat.KeyFiles.Take(keys).Select(path => new BackupKeyFile(path, $"{path}\n")).ToArray();
                var expected = fingerprints.GroupBy(each => each.Item1).ToDictionary(group => group.Key, group => group.Last().Item2);
                Write(numbered, fingerprints, files);
                using var backup = new BackupReader(File);
                Assert.Equal(Header, backup.Header);
                Assert.Equal(expected.OrderBy(each => each.Key), backup.Fingerprints.OrderBy(each => each.Key));
                Assert.Equal(files, backup.KeyFiles);
                Assert.Equal(numbered.Select(Shown), backup.Read().Select(Shown));
                Assert.Equal((numbered.Length, numbered.Sum(each => (long)each.Message.Length)), (backup.Events, backup.Bytes));
            },
            threads: 1, iter: 2000);
    }

    [Fact]
    public void A_file_with_any_byte_changed_is_refused_before_anything_is_told_of_it()
    {
        var whole = Whole();
        for (var i = 0; i < whole.Length; i++)
        {
            foreach (var flipped in (ReadOnlySpan<byte>)[1, 0x80, 0xff])
            {
                var changed = whole.ToArray();
                changed[i] ^= flipped;
                System.IO.File.WriteAllBytes(File, changed);
                Assert.Throws<BackupUnreadableException>(() => new BackupReader(File));
            }
        }
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_or_goes_on_is_refused()
    {
        var whole = Whole();
        for (var length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            Assert.Throws<BackupUnreadableException>(() => new BackupReader(File));
        }
        System.IO.File.WriteAllBytes(File, [.. whole, (byte)'\n']);
        Assert.Throws<BackupUnreadableException>(() => new BackupReader(File));
    }

    [Fact]
    public void A_refusal_tells_what_is_wrong()
    {
        var whole = Whole();
        Assert.Contains("not a backup", Refusal("hello"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("cut off", Refusal(whole[..^10]), StringComparison.Ordinal);
        Assert.Contains("layout 2", Refusal([.. "actors backup 2\n"u8, .. whole[BackupFormat.FirstLine.Length..]]), StringComparison.Ordinal);
        whole[^100] ^= 1;
        Assert.Contains("altered", Refusal(whole), StringComparison.Ordinal);
        Assert.Contains("can't be read", Assert.Throws<BackupUnreadableException>(() => new BackupReader(File + ".missing")).Message, StringComparison.Ordinal);

        string Refusal(byte[] bytes)
        {
            System.IO.File.WriteAllBytes(File, bytes);
            return Assert.Throws<BackupUnreadableException>(() => new BackupReader(File)).Message;
        }
    }

    [Fact]
    public void A_file_that_is_altered_while_it_is_read_is_refused_at_its_end()
    {
        var random = new Random(7);
        var rows = Enumerable.Range(1, 50).Select(i =>
        {
            // Nothing that could be compressed: the change below stays far behind what is read at first.
            var message = new byte[20_000];
            random.NextBytes(message);
            return new TableRow(i, 0, false, $"{i}", 1, message, "o1", 9101, "");
        }).ToArray();
        Write(rows, [], []);
        using var backup = new BackupReader(File);
        using (var file = new FileStream(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1))
        {
            file.Position = file.Length - BackupFormat.TrailerSize - 100_000;
            file.WriteByte(0x55);
            file.WriteByte(0xaa);
        }
        Assert.Throws<BackupUnreadableException>(() => backup.Read().Count());
    }

    [Fact]
    public void An_alteration_that_decompressing_cannot_notice_is_refused_at_its_end()
    {
        // Behind the end of the compressed part; the checksum is of this, too.
        var whole = Whole();
        byte[] longer = [.. whole.AsSpan(..^BackupFormat.TrailerSize), .. new byte[1_000_000]];
        byte[] file = [.. longer, .. Encoding.ASCII.GetBytes($"{BackupFormat.Checksum}{Convert.ToHexStringLower(SHA256.HashData(longer))}\n")];
        System.IO.File.WriteAllBytes(File, file);
        using (var backup = new BackupReader(File)) Assert.Equal(Rows.Length, backup.Read().Count());
        using var altered = new BackupReader(File);
        file[^1000] = 1;
        using (var open = new FileStream(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) open.Write(file);
        Assert.Contains("altered", Assert.Throws<BackupUnreadableException>(() => altered.Read().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_keys_is_never_written_where_the_backup_says_but_a_cluster_has_none()
    {
        Write(Rows, [], [new("../../etc/passwd", "root")]);
        Assert.Contains("no file of keys", Assert.Throws<BackupUnreadableException>(() => new BackupReader(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_has_its_name_only_when_it_is_whole_and_is_its_owners_alone()
    {
        System.IO.File.WriteAllText(File, "the one before");
        using (var backup = new BackupWriter(File, Header))
        {
            backup.Write(Rows[0]);
            Assert.Equal("the one before", System.IO.File.ReadAllText(File));
            var half = Assert.Single(_directory.GetFiles(), file => file.FullName != File);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, half.UnixFileMode);
        }
        Assert.Equal("the one before", System.IO.File.ReadAllText(Assert.Single(_directory.GetFiles()).FullName));

        Write(Rows, [], []);
        var whole = Assert.Single(_directory.GetFiles());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, whole.UnixFileMode);
    }

    [Fact]
    public void A_backup_of_the_first_layout_is_read_for_ever()
    {
        System.IO.File.WriteAllBytes(File, Golden());
        using var backup = new BackupReader(File);
        Assert.Equal(Header, backup.Header);
        Assert.Equal([KeyValuePair.Create("authority", "abc")], backup.Fingerprints);
        Assert.Equal([Keys], backup.KeyFiles);
        Assert.Equal(Rows.Select(Shown), backup.Read().Select(Shown));
    }

    private void Write(TableRow[] rows, (string, string)[] fingerprints, BackupKeyFile[] keys)
    {
        using var backup = new BackupWriter(File, Header);
        foreach (var (name, value) in fingerprints) backup.WriteFingerprint(name, value);
        foreach (var key in keys) backup.Write(key);
        foreach (var row in rows) backup.Write(row);
        backup.Complete();
    }

    private byte[] Whole()
    {
        Write(Rows, [("authority", "abc")], [Keys]);
        return System.IO.File.ReadAllBytes(File);
    }

    private static byte[] Golden()
    {
        using var stream = typeof(BackupFormatTests).Assembly.GetManifestResourceStream("Tests.Unit.Journal.Golden.backup-1.hex")!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return Convert.FromHexString(reader.ReadToEnd().Trim());
    }

    private static string Shown(TableRow row) =>
        $"{row.Revision} {row.Created} {row.Deleted} {row.PersistenceId} {row.SequenceNr} {Convert.ToHexStringLower(row.Message)} {row.Manifest ?? "null"} {row.SerializerId} {row.Tags ?? "null"}";
}
