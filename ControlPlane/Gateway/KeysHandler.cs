using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Cluster;
using ControlPlane.Access;
using ControlPlane.Encryption;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>
/// The keys that secrets are encrypted with, for the administrator's command line: <c>GET /keys/secrets</c> tells the phase of each, <c>POST .../rotate</c> begins a rotation and
/// <c>POST .../drop</c> drops the keys that nothing needs any more. Numbers are told, never keys.
/// </summary>
public sealed class KeysHandler(JournalReader journal, ActorSystem system)
{
    /// <summary>Where the keys are.</summary>
    public const string Path = "/keys/secrets";

    /// <summary>Whether a request is for this handler.</summary>
    public static bool Serves(RequestInfo info) => info.Resource.Length == 0 && (info.Path == Path || info.Path.StartsWith(Path + "/", StringComparison.Ordinal));

    /// <summary>Answers with the keys as they are then. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Handle(HttpContext http, RequestInfo info)
    {
        try
        {
            var table = (info.Verb, info.Path[Path.Length..]) switch
            {
                ("get", "") => await journal.Store.ReadKeys(),
                ("post", "/rotate") => await Rotate(),
                ("post", "/drop") => await Drop(),
                _ => null,
            };
            if (table is null) return ApiStatus.NoSuchPath();
            await Responses.Bytes(http, ObjectJson.ToUtf8(Json(table)));
            return null;
        }
        catch (KeyStepException refusal)
        {
            return new(409, "Conflict", refusal.Message);
        }
    }

    private async Task<KeyTable> Rotate()
    {
        var (store, ring) = (journal.Store, KeyRing.Get(system));
        var (key, fingerprint) = ring.New((await store.ReadKeys()).NextId(ring.Fingerprints.Keys));
        var table = await store.StepKeys(keys => keys.Keys.Any(known => known.Id == key.Id)
            ? throw new KeyStepException($"key {key.Id} was made by somebody else at this moment")
            : keys.Added(key), new Dictionary<int, string> { [key.Id] = fingerprint });
        Nudge();
        return table;
    }

    private async Task<KeyTable> Drop()
    {
        try
        {
            var table = await journal.Store.DropKeys();
            Nudge();
            return table;
        }
        catch (KeyStepException)
        {
            // What was thought to be done is not, if something still needs one.
            await journal.Store.NoteLeft(await journal.Store.CountByKey());
            Nudge();
            throw;
        }
    }

    // The rotation lives on one member; it looks by itself too, only later.
    private void Nudge()
    {
        foreach (var member in Cluster.Get(system).State.Members)
        {
            system.ActorSelection(new RootActorPath(member.Address) / "user" / KeyRotationActor.Name / "singleton").Tell(LookAtKeys.Instance);
        }
    }

    private static JsonObject Json(KeyTable table) => new()
    {
        ["keys"] = new JsonArray([.. table.Keys.Select(key => new JsonObject { ["id"] = key.Id, ["phase"] = key.Phase.ToString(), ["left"] = key.Left })]),
    };
}
