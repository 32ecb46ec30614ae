using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using ControlPlane.Journal;
using ControlPlane.Objects;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Journal;

public sealed class JournalFormatTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");
    private readonly ActorSystem _system;
    private readonly ObjectEventSerializer _serializer;

    public JournalFormatTests()
    {
        var config = ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(JournalConfiguration.Build(new(_directory.FullName)));
        _system = ActorSystem.Create("format", config);
        _serializer = (ObjectEventSerializer)_system.Serialization.FindSerializerForType(typeof(ObjectStored));
    }

    public void Dispose()
    {
        _system.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void An_event_reads_back_as_it_was()
    {
        var text = Gen.OneOf(Gen.String, Gen.String[Gen.Char.AlphaNumeric, 0, 300]);
        Gen.Select(text, text, text, text, text, Gen.Bool, Gen.DateTime).Sample((group, resource, name, user, data, deleted, at) =>
        {
            // Lone surrogates have no UTF-8 form; the API does not let them in.
            if (new[] { group, resource, name, user, data }.Any(s => s.Any(char.IsSurrogate))) return;
            var written = Event(new(group, resource, "ns", name), data, deleted, user, new DateTimeOffset(at.Ticks, TimeSpan.Zero));
            var read = (ObjectStored)_serializer.FromBinary(_serializer.ToBinary(written), _serializer.Manifest(written));
            Assert.Equal((written.Key, written.Deleted, written.Audit), (read.Key, read.Deleted, read.Audit));
            Assert.Equal(written.Json, read.Json);
        });
    }

    [Theory]
    [InlineData("o1", false)]
    [InlineData("t1", true)]
    public void Events_of_the_first_version_are_read_for_ever(string manifest, bool deleted)
    {
        var stored = (ObjectStored)_serializer.FromBinary(Golden("object-event-1.hex"), manifest);
        Assert.Equal(new("apps", "deployments", "default", "web"), stored.Key);
        Assert.Equal(new("admin", "patch", "kubectl-edit", new(2024, 2, 29, 12, 30, 0, TimeSpan.Zero)), stored.Audit);
        Assert.Equal("""{"kind":"Deployment","metadata":{"name":"web","labels":{"größe":"✓"}}}""", Encoding.UTF8.GetString(stored.Json));
        Assert.Equal(deleted, stored.Deleted);
    }

    [Fact]
    public void Events_are_still_written_in_the_first_version()
    {
        var written = new ObjectStored(
            new("apps", "deployments", "default", "web"), Encoding.UTF8.GetBytes("""{"kind":"Deployment","metadata":{"name":"web","labels":{"größe":"✓"}}}"""), false,
            new("admin", "patch", "kubectl-edit", new(2024, 2, 29, 14, 30, 0, TimeSpan.FromHours(2))));
        Assert.Equal(Convert.ToHexStringLower(Golden("object-event-1.hex")), Convert.ToHexStringLower(_serializer.ToBinary(written)));
        Assert.Equal("o1", _serializer.Manifest(written));
    }

    [Fact]
    public void Number_of_the_command_follows_what_the_first_version_knew()
    {
        byte[] known = [.. Golden("object-event-1.hex"), 8, 7, 6, 5, 4, 3, 2, 1];
        var read = (ObjectStored)_serializer.FromBinary(known, "o1");
        Assert.Equal(0x0102030405060708, read.Audit.Command);
        Assert.Equal(known, _serializer.ToBinary(read));
    }

    [Fact]
    public void Who_has_which_fields_follows_the_number_of_the_command()
    {
        byte[] known = [.. Golden("object-event-1.hex"), 0, 0, 0, 0, 0, 0, 0, 0, 3, (byte)'[', (byte)'0', (byte)']'];
        var read = (ObjectStored)_serializer.FromBinary(known, "o1");
        Assert.Equal("[0]", Encoding.UTF8.GetString(read.Managed));
        Assert.Equal(known, _serializer.ToBinary(read));
    }

    [Fact]
    public void Fields_added_behind_the_known_ones_are_passed_over()
    {
        var read = (ObjectStored)_serializer.FromBinary([.. Golden("object-event-1.hex"), 8, 7, 6, 5, 4, 3, 2, 1, 1, 2, 3], "o1");
        Assert.Equal(("web", 0x0102030405060708, 1), (read.Key.Name, read.Audit.Command, read.Managed.Length));
    }

    [Fact]
    public void A_cut_or_unknown_event_is_an_error_of_the_serializer()
    {
        var whole = Golden("object-event-1.hex");
        for (var length = 0; length < whole.Length; length++) Assert.Throws<SerializationException>(() => _serializer.FromBinary(whole[..length], "o1"));
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(whole, "o2"));
    }

    [Fact]
    public void A_secret_is_encrypted_and_opens_for_its_own_key_only()
    {
        var secret = Event(new("", "secrets", "default", "s"), "c3dvcmRmaXNo");
        var bytes = _serializer.ToBinary(secret);
        Assert.DoesNotContain("c3dvcmRmaXNo", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal(secret.Json, ((ObjectStored)_serializer.FromBinary(bytes, "o1")).Json);
        Assert.NotEqual(bytes, _serializer.ToBinary(secret));

        var moved = (byte[])bytes.Clone();
        moved[bytes.AsSpan().IndexOf("\u0001s"u8) + 1] = (byte)'t';
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(moved, "o1"));
        for (var i = bytes.Length - secret.Json.Length; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 1;
            Assert.Throws<SerializationException>(() => _serializer.FromBinary(damaged, "o1"));
        }
    }

    [Fact]
    public void Who_has_which_fields_of_a_secret_is_encrypted_with_it()
    {
        var plain = Event(new("", "secrets", "default", "s"), "c3dvcmRmaXNo");
        var secret = new ObjectStored(plain.Key, plain.Json, false, plain.Audit, Encoding.UTF8.GetBytes("""[0,["m",1,"v1","",7,{"f:data":{"f:passphrase":{}}}]]"""));
        var bytes = _serializer.ToBinary(secret);
        Assert.DoesNotContain("passphrase", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        var read = (ObjectStored)_serializer.FromBinary(bytes, "o1");
        Assert.Equal((Encoding.UTF8.GetString(secret.Json), Encoding.UTF8.GetString(secret.Managed)), (Encoding.UTF8.GetString(read.Json), Encoding.UTF8.GetString(read.Managed)));
    }

    [Fact]
    public void Pushed_pieces_hold_every_row_in_order_and_are_small()
    {
        Gen.Int[0, 70_000].List[1, 30].Sample(sizes =>
        {
            var rows = sizes.Select((size, i) => Row(Event(JournalSystem.ConfigMap($"{i}"), new string('x', size)), i + 5)).ToArray();
            var pieces = FeedPieces.Cut(new(100, rows));
            var read = pieces.Select(piece => FeedPieces.Read(piece, _serializer.Identifier, (bytes, _, manifest) => (ObjectStored)_serializer.FromBinary(bytes, manifest))).ToArray();
            return pieces.All(piece => piece.Rows.Length <= FeedPieces.MaxBytes)
                && read[0].From == 100
                && read.Zip(read.Skip(1)).All(pair => pair.Item1.To + 1 == pair.Item2.From)
                && read.SelectMany(batch => batch.Events).Select(e => (e.Revision, e.PersistenceId, e.SequenceNr, e.Event.Json.Length))
                    .SequenceEqual(rows.Select((row, i) => (100L + i, row.PersistenceId, row.SequenceNr, row.Event.Json.Length)));
        }, iter: 50);
    }

    [Fact]
    public void A_pushed_piece_crosses_machines_by_its_own_serializer()
    {
        var push = FeedPieces.Cut(new(7, [Row(Event(JournalSystem.ConfigMap("a"), "1"), 3)])).Single();
        var serializer = Assert.IsType<FeedSerializer>(_system.Serialization.FindSerializerFor(push));
        var read = (FeedPush)serializer.FromBinary(serializer.ToBinary(push), serializer.Manifest(push));
        Assert.Equal((7, 7), (read.From, read.To));
        Assert.Equal(push.Rows, read.Rows);
        Assert.Throws<SerializationException>(() => serializer.FromBinary([1], "p1"));
        Assert.Throws<SerializationException>(() => FeedPieces.Read(push with { To = 8 }, 0, (_, _, _) => Event(JournalSystem.ConfigMap("a"), "1")));
        Assert.Throws<SerializationException>(() => FeedPieces.Read(push with { Rows = push.Rows[..^1] }, 0, (_, _, _) => Event(JournalSystem.ConfigMap("a"), "1")));
    }

    private JournalRow Row(ObjectStored e, long sequenceNr) =>
        new(e.Key.PersistenceId, sequenceNr, 1, _serializer.Manifest(e), _serializer.Identifier, "", _serializer.ToBinary(e), e);

    private static ObjectStored Event(ObjectKey key, string data, bool deleted = false, string user = "u", DateTimeOffset at = default) =>
        new(key, Encoding.UTF8.GetBytes("{\"metadata\":{\"name\":\"n\"},\"data\":" + System.Text.Json.JsonSerializer.Serialize(data) + "}"), deleted, new(user, "create", "m", at));

    private static byte[] Golden(string name)
    {
        using var resource = typeof(JournalFormatTests).Assembly.GetManifestResourceStream($"Tests.Unit.Journal.Golden.{name}")!;
        using var reader = new StreamReader(resource);
        return Convert.FromHexString(reader.ReadToEnd().Trim());
    }
}
