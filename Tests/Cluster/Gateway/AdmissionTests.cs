using System.Net;
using System.Text.Json.Nodes;
using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Admission;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>Every write of a whole control plane passes the same steps, whoever asks for it.</summary>
public sealed class AdmissionTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Sets = "/apis/apps/v1/namespaces/default/replicasets";
    private const string Spec = """{"containers":[{"name":"c","image":"i"}]}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private ObjectServices Services => cluster.Host.Services.GetRequiredService<ObjectServices>();

    /// <summary>Puts a step before the product's own.</summary>
    private RecordingStep Add(RecordingStep step)
    {
        Services.Admission = new([step, .. Services.Admission.Steps]);
        return step;
    }

    private static async Task Until(Func<bool> condition, string phase)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"waited in vain for {phase}");
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Step_sees_what_clients_controllers_and_schedulers_write()
    {
        var step = Add(new());
        await cluster.Send(HttpMethod.Post, Sets, $$$$"""{"metadata":{"name":"seen"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"seen"}},"template":{"metadata":{"labels":{"app":"seen"}},"spec":{{{{Spec}}}} }}}""");
        await Saw(WriteOperation.Create, "", "pods", by: "system:replicaset-controller");
        await Saw(WriteOperation.Update, "status", "replicasets", by: "system:replicaset-controller");
        await cluster.Send(HttpMethod.Patch, $"{Sets}/seen", """{"metadata":{"labels":{"a":"b"}}}""", "application/merge-patch+json");
        await Saw(WriteOperation.Update, "", "replicasets");
        await cluster.Send(HttpMethod.Patch, $"{Sets}/seen/scale", """{"spec":{"replicas":2}}""", "application/merge-patch+json");
        await Saw(WriteOperation.Update, "scale", "replicasets");
        await cluster.Send(HttpMethod.Post, Pods, $$"""{"metadata":{"name":"mine"},"spec":{{Spec}}}""");
        await cluster.Send(HttpMethod.Patch, $"{Pods}/mine/status", """{"status":{"message":"hello"}}""", "application/merge-patch+json");
        await Saw(WriteOperation.Update, "status", "pods");
        var (bound, _) = await cluster.Send(HttpMethod.Post, $"{Pods}/mine/binding", """{"metadata":{"name":"mine"},"target":{"kind":"Node","name":"nowhere"}}""");
        Assert.Equal(HttpStatusCode.Created, bound);
        await Saw(WriteOperation.Create, "binding", "pods");
        await cluster.Send(HttpMethod.Post, $"{Pods}/mine/eviction", """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"mine"}}""");
        await Saw(WriteOperation.Create, "eviction", "pods");
        await cluster.Send(HttpMethod.Delete, $"{Sets}/seen");
        await Saw(WriteOperation.Delete, "", "replicasets");

        Task Saw(WriteOperation operation, string subresource, string resource, string by = "") => Until(
            () => step.Visits.Any(visit => visit.Operation == operation && visit.Subresource == subresource && visit.Key.Resource == resource && visit.User.StartsWith(by, StringComparison.Ordinal)),
            $"{operation} of {resource}/{subresource} by {by}");
    }

    [Fact]
    public async Task Pod_of_a_controller_is_what_a_slow_step_made_of_it()
    {
        Add(new()
        {
            Wants = write => write is { Operation: WriteOperation.Create, Subresource: "", Kind.Kind: "Pod" } && write.Command.Key.Name.StartsWith("labelled-", StringComparison.Ordinal),
            Answer = async (write, _) =>
            {
                await Task.Yield();
                write.Object.Metadata()["annotations"] = new JsonObject { ["step"] = "was here" };
                return AdmissionOutcome.Changed;
            },
        });
        await cluster.Send(HttpMethod.Post, Sets, $$$$"""{"metadata":{"name":"labelled"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"l"}},"template":{"metadata":{"labels":{"app":"l"}},"spec":{{{{Spec}}}} }}}""");
        StoredObject[] Made() => [.. Services.Cache.List(new("", "pods"), "default").Where(pod => pod.Header.Labels.GetValueOrDefault("app") == "l")];
        await Until(() => Made().Length == 2, "two pods");
        Assert.All(Made(), pod => Assert.Equal("was here", pod.ToJsonObject().Metadata()["annotations"]!["step"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("no-such-namespace", "NotFound")]
    [InlineData("going", "Forbidden")]
    public async Task Nothing_is_created_where_there_is_no_namespace_by_whomever(string @namespace, string reason)
    {
        if (@namespace == "going")
        {
            await cluster.Send(HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"going"}}""");
            await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/going/configmaps", """{"metadata":{"name":"holds","finalizers":["example.com/hold"]}}""");
            await cluster.Send(HttpMethod.Delete, "/api/v1/namespaces/going");
        }
        var (_, refused) = await cluster.Send(HttpMethod.Post, $"/api/v1/namespaces/{@namespace}/configmaps", """{"metadata":{"name":"late"}}""");
        Assert.Equal(reason, refused.Text("reason"));
        var key = new ObjectKey("", "configmaps", @namespace, "late-too");
        var result = await Services.Objects.Ask<ObjectResult>(new CreateObject(key, new JsonObject { ["metadata"] = new JsonObject() }, Requester.Controller("some-controller")), Patience);
        Assert.Equal(reason, Assert.IsType<ObjectRejected>(result).Status.Reason);
    }

    [Fact]
    public async Task Service_of_a_controller_has_an_address_as_a_users_has()
    {
        var key = new ObjectKey("", "services", "default", "of-a-controller");
        var spec = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["port"] = 80 }) };
        var command = new CreateObject(key, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Service", ["metadata"] = new JsonObject(), ["spec"] = spec }, Requester.Controller("some-controller"));
        var made = Assert.IsType<ObjectAccepted>(await Services.Objects.Ask<ObjectResult>(command, Patience)).Object.ToJsonObject();
        var address = made["spec"]!["clusterIP"]!.GetValue<string>();
        Assert.StartsWith("10.", address, StringComparison.Ordinal);
        await Until(() => Services.Cache.Get(new("networking.k8s.io", "ipaddresses", "", address)) is not null, "the claim");
        await Services.Objects.Ask<ObjectResult>(new DeleteObject(key, null, Propagation.Background, Requester.Controller("some-controller")), Patience);
        await Until(() => Services.Cache.Get(new("networking.k8s.io", "ipaddresses", "", address)) is null, "the end of the claim");
    }
}
