using System.Runtime.Serialization;
using System.Text;
using ControlPlane.Journal;
using Xunit;

namespace Tests.Unit.Journal;

public sealed class JournalKeyRingTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");

    private string Ring => Path.Combine(_directory.FullName, "keys");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_ring_is_made_once_and_only_its_owner_may_read_it()
    {
        var sealedText = KeyRing.Load(Ring).Seal("clear"u8, "a");
        Assert.Equal("clear"u8, KeyRing.Load(Ring).Open(sealedText, "a"));
        Assert.Single(_directory.GetFiles());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Ring));
    }

    [Fact]
    public void An_added_key_encrypts_and_the_old_ones_still_decrypt()
    {
        var old = KeyRing.Load(Ring).Seal("clear"u8, "a");
        File.AppendAllText(Ring, $"2 {Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('k', 32)))}\n");
        var ring = KeyRing.Load(Ring);
        Assert.Equal("clear"u8, ring.Open(old, "a"));
        Assert.Equal(2, ring.Seal("clear"u8, "a")[0]);
    }

    [Fact]
    public void Another_ring_or_another_object_opens_nothing()
    {
        var envelope = KeyRing.Load(Ring).Seal("clear"u8, "a");
        Assert.Throws<SerializationException>(() => KeyRing.Load(Ring).Open(envelope, "b"));
        Assert.Throws<SerializationException>(() => KeyRing.Load(Ring + ".other").Open(envelope, "a"));
        envelope[0] = 9;
        Assert.Throws<KeyNotOnRingException>(() => KeyRing.Load(Ring).Open(envelope, "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 c2hvcnQ=")]
    [InlineData("x AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void A_file_that_is_no_ring_is_refused(string text)
    {
        File.WriteAllText(Ring, text);
        Assert.Throws<InvalidDataException>(() => KeyRing.Load(Ring));
    }
}
