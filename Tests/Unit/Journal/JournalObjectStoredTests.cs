using System.Text.Json.Nodes;
using ControlPlane.Objects;
using CsCheck;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Journal;

public sealed class JournalObjectStoredTests
{
    private static readonly ObjectKey Key = new("", "configmaps", "default", "a");

    [Fact]
    public void A_committed_event_has_its_revision_as_resourceVersion_and_nothing_else_changed()
    {
        Gen.Select(Gen.Bool, Gen.Long[1, long.MaxValue], Gen.String[Gen.Char.AlphaNumeric, 0, 50]).Sample((decoy, revision, data) =>
        {
            var tree = new JsonObject { ["apiVersion"] = "v1" };
            if (decoy) tree["data"] = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "decoy" } };
            tree["metadata"] = new JsonObject { ["name"] = "a", ["labels"] = new JsonObject { ["x"] = data } };
            var json = System.Text.Encoding.UTF8.GetBytes(tree.ToJsonString());
            var stored = new ObjectStored(Key, json, false, new("u", "create", "m", default));
            Assert.Equal((0, 0), (stored.Revision, stored.ToStored().Revision));
            Assert.Equal(json, stored.ToStored().Json.ToArray());

            stored.Committed(revision);

            Assert.Equal(revision, stored.Revision);
            Assert.Same(stored.ToStored(), stored.ToStored());
            Assert.Equal(json, stored.Json);
            tree["metadata"]!["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(JsonNode.DeepEquals(tree, stored.ToStored().ToJsonObject()));
        });
    }

    [Fact]
    public void An_event_without_metadata_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ObjectStored(Key, "{\"kind\":\"x\"}"u8.ToArray(), false, new("u", "create", "m", default)));
}
