using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Pods;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Workloads;

/// <summary>A pod is bound once: each row is what happens without one of the rule's guards.</summary>
public sealed class PodBindingTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ObjectKey Key = new("", "pods", "default", "web");
    private static readonly KindDefinition Kind = TestCatalogue.Default.FindStored(Key.GroupResource)!;

    [Fact]
    public void Pod_that_waits_is_bound()
    {
        var write = Propose(Pod(), "u", "n1").Write!;
        Assert.Equal("n1", (string?)write.Object["spec"]!["nodeName"]);
        Assert.Equal("True", (string?)write.Object["status"]!["conditions"]![0]!["status"]);
    }

    [Theory]
    [InlineData("other", "", "", "UID in precondition: other")]
    [InlineData("u", "n2", "", "is already assigned to node \"n2\"")]
    [InlineData("u", "", "2030-01-02T03:04:05Z", "is being deleted")]
    public void Pod_that_is_another_or_bound_or_going_is_not_bound(string uid, string node, string deleted, string words)
    {
        var rejection = Propose(Pod(node, deleted), uid, "n1").Decided.Rejection!;
        Assert.Equal(409, rejection.Code);
        Assert.Contains(words, rejection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Binding_that_is_repeated_changes_nothing()
    {
        var bound = Pod("n1");
        Assert.Same(bound, Propose(bound, "u", "n1").Decided.Unchanged);
    }

    private static Proposal Propose(StoredObject pod, string uid, string node) =>
        PodBinding.Propose(Kind, pod, new BindPod(Key, new(uid), new(node), new("scheduler", "test", [])), Now);

    private static StoredObject Pod(string node = "", string deleted = "")
    {
        var pod = JsonNode.Parse("""{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"default","uid":"u"},"spec":{"containers":[{"name":"c","image":"i"}]},"status":{}}""")!;
        if (node.Length > 0) pod["spec"]!["nodeName"] = node;
        if (deleted.Length > 0) pod["metadata"]!["deletionTimestamp"] = deleted;
        return new(Key, ObjectJson.ToUtf8(pod), 3);
    }
}
