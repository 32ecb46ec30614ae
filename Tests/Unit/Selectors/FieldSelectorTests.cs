using System.Text;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Selectors;

public sealed class FieldSelectorTests
{
    private const string Pod = """
        {"metadata":{"name":"a","namespace":"x"},"spec":{"containers":[{"name":"status"}],"nodeName":"n1","restartPolicy":"Always"},
         "status":{"phase":"Running","podIP":"10.0.0.7"}}
        """;

    private const string Event = """
        {"metadata":{"name":"e","namespace":"x"},"involvedObject":{"kind":"Pod","name":"a","uid":"u"},"reason":"Killing","type":"Normal",
         "source":{"component":"kubelet"},"reportingComponent":"other"}
        """;

    [Theory]
    [InlineData("", true)]
    [InlineData("metadata.name=a", true)]
    [InlineData("metadata.name==a,metadata.namespace=x", true)]
    [InlineData("metadata.name!=a", false)]
    [InlineData("spec.nodeName=n1", true)]
    [InlineData("spec.nodeName=", false)]
    [InlineData("spec.nodeName!=", true)]
    [InlineData("status.phase!=Failed,status.phase!=Succeeded", true)]
    [InlineData("status.podIP=10.0.0.7", true)]
    [InlineData("status.nominatedNodeName=", true)]
    [InlineData("spec.hostNetwork=false", true)]
    [InlineData("spec.restartPolicy=Never", false)]
    [InlineData("spec.restartPolicy=Always,spec.schedulerName=", true)]
    public void Pod_is_selected_by_its_fields(string query, bool selected) => Assert.Equal(selected, Select("pods", Pod, query));

    [Theory]
    [InlineData("involvedObject.name=a,involvedObject.kind=Pod", true)]
    [InlineData("involvedObject.uid=v", false)]
    [InlineData("involvedObject.fieldPath=", true)]
    [InlineData("reason=Killing,type=Normal", true)]
    [InlineData("type!=Normal", false)]
    [InlineData("source=kubelet", true)]
    [InlineData("reportingComponent=other", true)]
    public void Event_is_selected_by_its_fields(string query, bool selected) => Assert.Equal(selected, Select("events", Event, query));

    [Theory]
    [InlineData("nodes", """{"metadata":{},"spec":{"unschedulable":true}}""", "spec.unschedulable=true")]
    [InlineData("nodes", """{"metadata":{}}""", "spec.unschedulable=false")]
    [InlineData("secrets", """{"metadata":{},"type":"Opaque"}""", "type=Opaque")]
    [InlineData("secrets", """{"metadata":{},"type":"a=b,c\\"}""", """type=a\=b\,c\\""")]
    [InlineData("namespaces", """{"metadata":{},"status":{"phase":"Active"}}""", "status.phase=Active")]
    [InlineData("replicationcontrollers", """{"metadata":{},"status":{"replicas":3}}""", "status.replicas=3")]
    public void Object_is_selected_by_its_kinds_fields(string resource, string json, string query) => Assert.True(Select(resource, json, query));

    [Theory]
    [InlineData("pods", "spec.color=red", "field label not supported: spec.color")]
    [InlineData("configmaps", "data=x", "\"data\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    [InlineData("pods", "metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'")]
    [InlineData("pods", "metadata.name=a=b", "invalid selector: 'metadata.name=a=b'; can't understand 'metadata.name=a=b'")]
    public void Query_that_cannot_be_answered_is_a_bad_request(string resource, string query, string message)
    {
        Assert.False(FieldSelector.TryParse(query, Kind(resource), out _, out var rejection));
        Assert.Equal((400, message), (rejection.Code, rejection.Message));
    }

    [Fact]
    public void Required_fields_are_told()
    {
        Assert.True(FieldSelector.TryParse("metadata.name=a,spec.nodeName=n1,metadata.namespace!=x", Kind("pods"), out var selector, out _));
        Assert.Equal(("a", "n1", null), (selector.Name, selector.NodeName, selector.Namespace));
    }

    [Fact]
    public void Event_of_the_events_group_is_selected_by_that_groups_names()
    {
        var kind = TestCatalogue.Default.Find("events.k8s.io", "v1", "events")!;
        Assert.True(FieldSelector.TryParse("regarding.name=a,reportingController=other", kind, out var selector, out _));
        Assert.True(selector.Matches(new StoredObject(new ObjectKey("", "events", "x", "e"), Encoding.UTF8.GetBytes(Event), 1)));
        Assert.False(FieldSelector.TryParse("involvedObject.name=a", kind, out _, out _));
    }

    private static KindDefinition Kind(string resource) => TestCatalogue.Default.FindStored(new("", resource))!;

    private static bool Select(string resource, string json, string query)
    {
        Assert.True(FieldSelector.TryParse(query, Kind(resource), out var selector, out var rejection), rejection?.Message);
        return selector.Matches(new StoredObject(new ObjectKey("", resource, "x", "a"), Encoding.UTF8.GetBytes(json), 1));
    }
}
