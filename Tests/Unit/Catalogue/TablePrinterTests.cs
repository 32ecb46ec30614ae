using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Gateway;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class TablePrinterTests
{
    private static readonly DateTimeOffset Now = new(2024, 1, 1, 1, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, string, string, string> Rows => new()
    {
        {
            "apps/v1", "deployments",
            """{"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}},"template":{"spec":{"containers":[{"name":"a","image":"i:1"},{"name":"b","image":"j"}]}}},"status":{"readyReplicas":2,"updatedReplicas":1,"availableReplicas":2}}""",
            "x|2/3|1|2|60m|a,b|i:1,j|app=web"
        },
        {
            "apps/v1", "replicasets",
            """{"spec":{"replicas":3,"selector":{"matchExpressions":[{"key":"t","operator":"In","values":["b","a"]},{"key":"e","operator":"Exists"}]},"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}},"status":{"replicas":2}}""",
            "x|3|2|0|60m|a|i|e,t in (a,b)"
        },
        { "apps/v1", "statefulsets", """{"spec":{"replicas":2,"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}},"status":{"readyReplicas":1}}""", "x|1/2|60m|a|i" },
        {
            "apps/v1", "daemonsets",
            """{"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"nodeSelector":{"disk":"ssd"},"containers":[{"name":"a","image":"i"}]}}},"status":{"desiredNumberScheduled":4,"currentNumberScheduled":3,"numberReady":2,"updatedNumberScheduled":1}}""",
            "x|4|3|2|1|0|disk=ssd|60m|a|i|a=b"
        },
        {
            "batch/v1", "jobs",
            """{"spec":{"completions":3,"parallelism":2,"selector":{"matchLabels":{"j":"1"}},"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}},"status":{"succeeded":3,"startTime":"2024-01-01T00:10:00Z","completionTime":"2024-01-01T00:12:05Z","conditions":[{"type":"Complete","status":"True"}]}}""",
            "x|Complete|3/3|2m5s|60m|a|i|j=1"
        },
        {
            "batch/v1", "cronjobs",
            """{"spec":{"schedule":"* * * * *","suspend":false,"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}}}},"status":{"active":[{}],"lastScheduleTime":"2024-01-01T00:59:30Z"}}""",
            "x|* * * * *|<none>|False|1|30s|60m|a|i|<none>"
        },
        {
            "v1", "services",
            """{"spec":{"type":"NodePort","clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ports":[{"port":80,"nodePort":30080,"protocol":"TCP"},{"port":53,"protocol":"UDP"}],"selector":{"b":"2","a":"1"}}}""",
            "x|NodePort|10.0.0.1|<none>|80:30080/TCP,53/UDP|60m|a=1,b=2"
        },
        { "v1", "services", """{"spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1","ports":[{"port":80}]}}""", "x|LoadBalancer|10.0.0.1|<pending>|80/TCP|60m|<none>" },
        { "v1", "services", """{"spec":{"type":"ExternalName","externalName":"a.b"}}""", "x|ExternalName|<none>|a.b|<none>|60m|<none>" },
        {
            "v1", "endpoints", """{"subsets":[{"addresses":[{"ip":"1.1.1.1"},{"ip":"1.1.1.2"}],"ports":[{"port":80},{"port":81}]}]}""",
            "x|1.1.1.1:80,1.1.1.2:80,1.1.1.1:81 + 1 more...|60m"
        },
        { "v1", "endpoints", "{}", "x|<none>|60m" },
        { "discovery.k8s.io/v1", "endpointslices", """{"addressType":"IPv4","ports":[{"port":80}],"endpoints":[{"addresses":["1.1.1.1"]}]}""", "x|IPv4|80|1.1.1.1|60m" },
        {
            "v1", "nodes",
            """{"metadata":{"name":"x","creationTimestamp":"2024-01-01T00:00:00Z","labels":{"node-role.kubernetes.io/worker":"","node-role.kubernetes.io/edge":""}},"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"False"}],"addresses":[{"type":"InternalIP","address":"10.1.1.1"}],"nodeInfo":{"kubeletVersion":"v1.37.0","osImage":"Debian","kernelVersion":"6.1","containerRuntimeVersion":"containerd://1.7"}}}""",
            "x|NotReady,SchedulingDisabled|edge,worker|60m|v1.37.0|10.1.1.1|<none>|Debian|6.1|containerd://1.7"
        },
        { "v1", "nodes", "{}", "x|Unknown|<none>|60m||<none>|<none>|<unknown>|<unknown>|<unknown>" },
        { "v1", "namespaces", """{"status":{"phase":"Active"}}""", "x|Active|60m" },
        {
            "v1", "events",
            """{"involvedObject":{"kind":"Pod","name":"p","fieldPath":"spec"},"type":"Warning","reason":"BackOff","message":" text ","source":{"component":"kubelet","host":"n"},"firstTimestamp":"2024-01-01T00:30:00Z","lastTimestamp":"2024-01-01T00:59:55Z","count":7}""",
            "5s|Warning|BackOff|pod/p|spec|kubelet, n|text|30m|7|x"
        },
        { "v1", "events", """{"involvedObject":{"kind":"Node"},"eventTime":"2024-01-01T00:59:00.123456Z","reportingComponent":"scheduler"}""", "59s|||node||scheduler||59s|1|x" },
        { "v1", "configmaps", """{"data":{"a":"","b":""},"binaryData":{"c":""}}""", "x|3|60m" },
        { "v1", "secrets", """{"data":{"a":""}}""", "x|Opaque|1|60m" },
        { "v1", "serviceaccounts", "{}", "x|0|60m" },
        {
            "v1", "persistentvolumes",
            """{"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce","ReadOnlyMany"],"persistentVolumeReclaimPolicy":"Retain","claimRef":{"namespace":"n","name":"c"},"storageClassName":"s","volumeMode":"Filesystem"},"status":{"phase":"Bound"}}""",
            "x|1Gi|RWO,ROX|Retain|Bound|n/c|s|<unset>||60m|Filesystem"
        },
        { "v1", "persistentvolumeclaims", """{"spec":{"storageClassName":"s"},"status":{"phase":"Pending"}}""", "x|Pending||||s|<unset>|60m|<unset>" },
        { "storage.k8s.io/v1", "storageclasses", """{"metadata":{"name":"x","creationTimestamp":"2024-01-01T00:00:00Z","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},"provisioner":"p"}""", "x (default)|p|Delete|Immediate|False|60m" },
        {
            "networking.k8s.io/v1", "ingresses",
            """{"spec":{"ingressClassName":"c","tls":[{}],"rules":[{"host":"a"},{"host":"b"},{"host":"c"},{"host":"d"}]},"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}}""",
            "x|c|a,b,c + 1 more...|1.2.3.4|80, 443|60m"
        },
        { "networking.k8s.io/v1", "networkpolicies", """{"spec":{"podSelector":{}}}""", "x|<none>|60m" },
        { "policy/v1", "poddisruptionbudgets", """{"spec":{"minAvailable":"50%"},"status":{"disruptionsAllowed":1}}""", "x|50%|N/A|1|60m" },
        { "scheduling.k8s.io/v1", "priorityclasses", """{"value":1000}""", "x|1000|False|60m|PreemptLowerPriority" },
        { "coordination.k8s.io/v1", "leases", """{"spec":{"holderIdentity":"n1"}}""", "x|n1|60m" },
        {
            "autoscaling/v1", "horizontalpodautoscalers",
            """{"spec":{"scaleTargetRef":{"kind":"Deployment","name":"d"},"minReplicas":1,"maxReplicas":5,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}]},"status":{"currentReplicas":2,"currentMetrics":[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":7}}}]}}""",
            "x|Deployment/d|cpu: 7%/50%|1|5|2|60m"
        },
        { "rbac.authorization.k8s.io/v1", "rolebindings", """{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"},{"kind":"ServiceAccount","namespace":"n","name":"s"}]}""", "x|Role/r|60m|u||n/s" },
        { "rbac.authorization.k8s.io/v1", "clusterroles", "{}", "x|2024-01-01T00:00:00Z" },
        { "certificates.k8s.io/v1", "certificatesigningrequests", """{"spec":{"signerName":"s","username":"u","expirationSeconds":3600},"status":{"certificate":"eA==","conditions":[{"type":"Approved"}]}}""", "x|60m|s|u|60m|Approved,Issued" },
        { "apiextensions.k8s.io/v1", "customresourcedefinitions", "{}", "x|2024-01-01T00:00:00Z" },
        { "apiregistration.k8s.io/v1", "apiservices", """{"status":{"conditions":[{"type":"Available","status":"True"}]}}""", "x|Local|True|60m" },
        { "resource.k8s.io/v1", "deviceclasses", "{}", "x|60m" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Row_shows_what_users_look_for(string groupVersion, string plural, string json, string cells) =>
        Assert.Equal(cells, Cells(Find(groupVersion, plural), json));

    [Fact]
    public void Every_kind_prints_an_object_that_has_only_its_metadata() => Assert.All(TestCatalogue.Default.All, kind =>
    {
        var table = Table(kind, [Stored(kind, "{}")]);
        Assert.Equal(table["columnDefinitions"]!.AsArray().Count, table["rows"]![0]!["cells"]!.AsArray().Count);
        Assert.Contains(table["columnDefinitions"]!.AsArray(), column => (string?)column!["name"] == "Name");
    });

    [Fact]
    public void Table_of_a_list_has_its_metadata_and_columns()
    {
        var kind = Find("v1", "configmaps");
        var table = Table(kind, [Stored(kind, "{}")]);
        Assert.Equal(("Table", "meta.k8s.io/v1"), ((string?)table["kind"], (string?)table["apiVersion"]));
        Assert.Equal("""{"resourceVersion":"42","continue":"next","remainingItemCount":3}""", table["metadata"]!.ToJsonString());
        Assert.Equal("name", (string?)table["columnDefinitions"]![0]!["format"]);
        Assert.Equal(
            """{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x","creationTimestamp":"2024-01-01T00:00:00Z"}}""",
            table["rows"]![0]!["object"]!.ToJsonString());
    }

    [Fact]
    public void Rows_carry_what_was_asked_for()
    {
        var kind = Find("v1", "configmaps");
        var stored = Stored(kind, """{"data":{"k":"v"}}""");
        Assert.Null(Table(kind, [stored], IncludeObject.None)["rows"]![0]!["object"]);
        Assert.True(JsonNode.DeepEquals(stored.ToJsonObject(), Table(kind, [stored], IncludeObject.Object)["rows"]![0]!["object"]));
        Assert.Null(Table(kind, [stored], columns: false)["columnDefinitions"]);
    }

    [Fact]
    public void Whole_object_is_given_in_the_version_asked_for()
    {
        var kind = Find("events.k8s.io/v1", "events");
        var table = Table(kind, [Stored(kind, """{"message":"hello"}""")], IncludeObject.Object);
        Assert.Equal("hello", (string?)table["rows"]![0]!["object"]!["note"]);
        Assert.Contains("hello", table["rows"]![0]!["cells"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Partial_list_has_only_metadata()
    {
        var kind = Find("v1", "configmaps");
        var list = Write(output => PartialObjectMetadata.WriteList(output, [Stored(kind, """{"data":{"a":"b"}}""")], 7, null, null));
        Assert.Equal(
            """{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"},"items":[{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x","creationTimestamp":"2024-01-01T00:00:00Z"}}]}""",
            list.ToJsonString());
    }

    internal static string Cells(KindDefinition kind, string json) =>
        string.Join('|', Table(kind, [Stored(kind, json)])["rows"]![0]!["cells"]!.AsArray().Select(cell => cell!.GetValueKind() == JsonValueKind.String ? (string?)cell : cell.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? ((bool)cell).ToString() : cell.ToJsonString()));

    internal static KindDefinition Find(string groupVersion, string plural)
    {
        var parts = groupVersion.Split('/');
        return TestCatalogue.Default.Find(parts.Length == 1 ? "" : parts[0], parts[^1], plural)!;
    }

    private static StoredObject Stored(KindDefinition kind, string json)
    {
        var tree = JsonNode.Parse(json)!.AsObject();
        if (tree["metadata"] is null) tree["metadata"] = new JsonObject { ["name"] = "x", ["creationTimestamp"] = "2024-01-01T00:00:00Z" };
        return new(new ObjectKey(kind.Storage.Group, kind.Storage.Resource, "", "x"), Encoding.UTF8.GetBytes(tree.ToJsonString()), 1);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Shown(KindDefinition kind, IReadOnlyList<StoredObject> objects) => Presentation.Of(kind, kind, objects).AsTask().GetAwaiter().GetResult();

    private static JsonObject Table(KindDefinition kind, IEnumerable<StoredObject> objects, IncludeObject include = IncludeObject.Metadata, bool columns = true) =>
        Write(output => TablePrinter.Write(output, kind, [.. objects], Shown(kind, [.. objects]), new TableOptions
        {
            Now = Now,
            ResourceVersion = 42,
            Continue = "next",
            RemainingItemCount = 3,
            IncludeObject = include,
            WithColumns = columns,
        }));

    private static JsonObject Write(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
    }
}
