using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.FieldManagement;

/// <summary>One object and the programs that write it, by the rules of the object's actor.</summary>
internal sealed class Managers(ObjectKey key)
{
    private long _revision = 1;
    private DateTimeOffset _now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static Managers OfDeployment() => new(new("apps", "deployments", "default", "web"));

    public static Managers OfMap() => new(new("", "configmaps", "default", "settings"));

    public KindDefinition Kind { get; } = TestCatalogue.Default.FindStored(key.GroupResource)!;

    public StoredObject? State { get; private set; }

    /// <summary>The object without what is the server's own.</summary>
    public JsonObject Object => State!.ToJsonObject();

    public Decision Apply(string manager, string config, bool force = false, string subresource = "") => Do(new ApplyObject(key, Tree(config), subresource, By(manager)) { Force = force });

    public Decision Create(string manager, string body) => Do(new CreateObject(key, Tree(body), By(manager)));

    public Decision Update(string manager, Action<JsonObject> change, string subresource = "")
    {
        var tree = Object;
        change(tree);
        return Do(new UpdateObject(key, tree, subresource, By(manager)));
    }

    public Decision Do(ObjectCommand command)
    {
        _now = _now.AddSeconds(1);
        var decision = ObjectDecider.Decide(Kind, State, command, _now);
        if (decision.Event is not { } stored) return decision;
        stored.Committed(++_revision);
        State = stored.ToStored();
        return decision;
    }

    /// <summary><c>metadata.managedFields</c>, an entry a line: operation, manager, subresource, fields.</summary>
    public string[] Fields => [.. ManagedFieldsView.ListOf(State!, Kind).Select(entry =>
        $"{entry.Text("operation")} {entry.Text("manager")}{(entry.Text("subresource") is { Length: > 0 } sub ? $"/{sub}" : "")} {Plain(entry.Child("fieldsV1")!)}")];

    public JsonObject Entry(string manager) => ManagedFieldsView.ListOf(State!, Kind).OfType<JsonObject>().Single(entry => entry.Text("manager") == manager);

    public void Done(Decision decision) => Assert.Null(decision.Rejection?.Message);

    // Members in order, whatever order they are answered in.
    private static string Plain(JsonObject fields) => System.Text.Encoding.UTF8.GetString(ObjectJson.ToUtf8(FieldSet.ReadRoot(fields), static (set, writer) => set.Write(writer)));

    private static Requester By(string manager) => new("someone", manager, []);

    private static JsonObject Tree(string json) => JsonNode.Parse(json)!.AsObject();
}
