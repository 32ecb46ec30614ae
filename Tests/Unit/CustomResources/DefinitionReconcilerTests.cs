using System.Text.Json.Nodes;
using ControlPlane.CustomResources;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.CustomResources;

public sealed class DefinitionReconcilerTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Requester By = new("someone", "test", []);
    private readonly WatchCache _view = new();
    private long _revision;

    [Fact]
    public void A_definition_of_the_servers_own_kind_is_never_established_and_takes_nothing_with_it()
    {
        Stored(new("networking.k8s.io", "ingresses", "default", "web"), JsonNode.Parse("""{"metadata":{"name":"web","namespace":"default","uid":"i"}}""")!.AsObject());
        var described = Definitions.Widgets(plural: "ingresses", kind: "Ingress");
        (described["spec"]!["group"], described.Metadata()["name"]) = ("networking.k8s.io", "ingresses.networking.k8s.io");
        described.Metadata()["annotations"] = new JsonObject { ["api-approved.kubernetes.io"] = "unapproved, a test" };
        var key = Definitions.Key() with { Name = "ingresses.networking.k8s.io" };
        var definition = Decided(key, null, new CreateObject(key, described, By));
        var change = Assert.IsType<StatusPatch>(Assert.IsType<PatchObject>(Plan(definition, TestCatalogue.Default).Commands.Single()).Patch);
        Assert.False(Conditions.Holds(change.Status.ToJsonObject(), "Established"));
        var ending = Decided(key, definition, new DeleteObject(key, null, Propagation.Background, By));
        Assert.IsType<FinalizerPatch>(Assert.IsType<PatchObject>(Plan(ending, TestCatalogue.Default).Commands.Single()).Patch);
    }

    [Fact]
    public void A_definition_deletes_what_it_served_and_waits_where_it_is_not_known_yet()
    {
        var definition = Decided(Definitions.Key(), null, new CreateObject(Definitions.Key(), Definitions.Widgets(), By));
        var served = TestCatalogue.Default.With(CustomKind.Of(definition).Versions);
        Stored(new("shop.example.com", "widgets", "default", "w"), JsonNode.Parse("""{"metadata":{"name":"w","namespace":"default","uid":"w"}}""")!.AsObject());
        Assert.True(Plan(definition, TestCatalogue.Default) is { Commands.IsEmpty: true, RequeueAfter: not null });
        var established = Decided(Definitions.Key(), definition, (PatchObject)Plan(definition, served).Commands.Single());
        var ending = Decided(Definitions.Key(), established, new DeleteObject(Definitions.Key(), null, Propagation.Background, By));
        Assert.Contains(Plan(ending, served).Commands, command => command is DeleteObject { Key.Name: "w" });
        Assert.True(Plan(ending, TestCatalogue.Default) is { Commands.IsEmpty: true, RequeueAfter: not null });
    }

    private Plan Plan(StoredObject definition, IKinds kinds) => new DefinitionReconciler(kinds).Reconcile(definition, _view, Now);

    private static StoredObject Decided(ObjectKey key, StoredObject? state, ObjectCommand command)
    {
        var decision = ObjectDecider.Decide(Definitions.Kind, state, command, Now);
        Assert.Null(decision.Rejection?.Message);
        decision.Event!.Committed(1000);
        Assert.Equal(key, decision.Event.Key);
        return decision.Event.ToStored();
    }

    private void Stored(ObjectKey key, JsonObject tree)
    {
        var stored = new ObjectStored(key, ObjectJson.ToUtf8(tree), deleted: false, new("someone", "create", "test", Now));
        stored.Committed(++_revision);
        _view.Apply(new(_revision, _revision, [new(key.PersistenceId, 1, 0, stored)]));
    }
}
