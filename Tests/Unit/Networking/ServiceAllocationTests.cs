using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Entities;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Objects;
using CsCheck;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class ServiceAllocationTests
{
    private const string NodePort = """{"type":"NodePort","ports":[{"port":80,"protocol":"TCP","targetPort":8080}]}""";
    private readonly ObjectStore _store = new();
    private readonly ServiceNetworkOptions _options = new();
    private readonly Writer _allocator;

    public ServiceAllocationTests() => _allocator = Allocator(_store, _options);

    private static Writer Allocator(ObjectStore store, ServiceNetworkOptions options, Func<ObjectCommand, Task<ObjectResult>>? send = null) =>
        new(store, new ServiceAllocation(send ?? store.Send, store.Cache, options, new StoreClock(store)));

    /// <summary>Writes Services as their actors do, with the step that is tested.</summary>
    private sealed class Writer(ObjectStore store, ServiceAllocation step)
    {
        public Task<ObjectResult> Send(ObjectCommand command) => store.Send(command, new AdmissionChain(step));
    }

    private sealed class StoreClock(ObjectStore store) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => store.Now;
    }

    private async Task<StoredObject> Accepted(ObjectCommand command) => Assert.IsType<ObjectAccepted>(await _allocator.Send(command)).Object;

    private async Task<ApiStatus> Rejected(ObjectCommand command) => Assert.IsType<ObjectRejected>(await _allocator.Send(command)).Status;

    private static PatchObject Patch(string name, string json) =>
        new(Net.Key(name), new ClientPatch(PatchFormat.Merge, new(System.Text.Encoding.UTF8.GetBytes(json)), FieldValidation.Strict), "", Net.User);

    [Fact]
    public async Task Created_service_has_an_address_that_is_claimed_for_it()
    {
        var service = await Accepted(Net.Create("web"));
        var address = service.Text("spec", "clusterIP");
        Assert.Equal(address, service.Text("spec", "clusterIPs", 0));
        var claim = _store.Cache.Get(ServiceClaim.AddressKey(address))!;
        Assert.Equal(("services", "default", "web"), (claim.Text("spec", "parentRef", "resource"), claim.Text("spec", "parentRef", "namespace"), claim.Text("spec", "parentRef", "name")));
        Assert.Equal(service.Uid, ServiceClaim.Read(claim)!.ServiceUid);
    }

    [Fact]
    public async Task First_address_is_given_to_nobody()
    {
        var store = new ObjectStore();
        var allocator = Allocator(store, _options with { ServiceCidr = "10.96.0.0/29" });
        var given = new List<string>();
        for (var i = 0; i < 5; i++) given.Add(((ObjectAccepted)await allocator.Send(Net.Create($"s{i}"))).Object.Text("spec", "clusterIP"));
        Assert.Equal(["10.96.0.2", "10.96.0.3", "10.96.0.4", "10.96.0.5", "10.96.0.6"], given.Order());
        var full = Assert.IsType<ObjectRejected>(await allocator.Send(Net.Create("one-too-many"))).Status;
        Assert.Equal((500, true), (full.Code, full.Message.Contains("range is full", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lost_race_takes_the_next_address()
    {
        // Another process claims each address just before this one does, twice.
        var stolen = 0;
        var allocator = Allocator(_store, _options, command =>
        {
            if (command is CreateObject { Key.Resource: "ipaddresses" } create && stolen++ < 2) _store.Do(new CreateObject(create.Key, new ServiceClaim(create.Key, Net.Key("other"), "other", _store.Now).ToJson(), Net.User));
            return _store.Send(command);
        });
        var service = Assert.IsType<ObjectAccepted>(await allocator.Send(Net.Create("web"))).Object;
        Assert.Equal(service.Uid, ServiceClaim.Read(_store.Cache.Get(ServiceClaim.AddressKey(service.Text("spec", "clusterIP")))!)!.ServiceUid);
        Assert.Equal(3, _store.Claims().Length);
    }

    [Fact]
    public async Task Chosen_address_is_honoured_once()
    {
        const string spec = """{"clusterIP":"10.96.0.10","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}""";
        Assert.Equal("10.96.0.10", (await Accepted(Net.Create("dns", spec))).Text("spec", "clusterIP"));
        var rejection = await Rejected(Net.Create("late", spec));
        Assert.Equal(422, rejection.Code);
        Assert.Contains("failed to allocate IP 10.96.0.10: provided IP is already allocated", rejection.Message);
        Assert.Null(_store.Cache.Get(Net.Key("late")));
    }

    [Theory]
    [InlineData("""{"clusterIP":"10.97.0.1","ports":[]}""", "spec.clusterIPs", "provided IP is not in the valid range. The range of valid IPs is 10.96.0.0/16")]
    [InlineData("""{"clusterIP":"10.96.0.0","ports":[]}""", "spec.clusterIPs", "not in the valid range")]
    [InlineData("""{"clusterIP":"banana","ports":[]}""", "spec.clusterIPs", "not in the valid range")]
    [InlineData("""{"type":"NodePort","ports":[{"port":80,"nodePort":80}]}""", "spec.ports[0].nodePort", "provided port is not in the valid range. The range of valid ports is 30000-32767")]
    public async Task Choice_outside_the_range_is_refused(string spec, string field, string message)
    {
        var rejection = await Rejected(Net.Create("web", spec));
        Assert.Equal((422, field), (rejection.Code, Assert.Single(rejection.Causes).Field));
        Assert.Contains(message, rejection.Message);
        Assert.Empty(_store.Claims());
    }

    [Theory]
    [InlineData("""{"clusterIP":"None","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}""")]
    [InlineData("""{"type":"ExternalName","externalName":"example.com"}""")]
    public async Task Service_without_an_address_claims_none(string spec)
    {
        await Accepted(Net.Create("web", spec));
        Assert.Empty(_store.Claims());
    }

    [Fact]
    public async Task Node_ports_are_chosen_and_honoured_per_protocol()
    {
        var service = await Accepted(Net.Create("web", """{"type":"NodePort","ports":[{"name":"a","port":80,"protocol":"TCP","nodePort":30080},{"name":"b","port":80,"protocol":"UDP","nodePort":30080},{"name":"c","port":81,"protocol":"TCP"}]}"""));
        Assert.Equal("30080", service.Text("spec", "ports", 1, "nodePort"));
        Assert.InRange(int.Parse(service.Text("spec", "ports", 2, "nodePort")), 30000, 32767);
        Assert.Contains("nodeport-tcp-30080", _store.Claims());
        Assert.Contains("nodeport-udp-30080", _store.Claims());
        var rejection = await Rejected(Net.Create("late", """{"type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30080}]}"""));
        Assert.Contains("provided port is already allocated", rejection.Message);
        Assert.Equal(4, _store.Claims().Length);
    }

    [Fact]
    public async Task Refused_create_gives_back_what_was_claimed()
    {
        await Accepted(Net.Create("web"));
        var before = _store.Claims();
        Assert.Equal("AlreadyExists", (await Rejected(Net.Create("web", NodePort))).Reason);
        Assert.Equal(before, _store.Claims());
    }

    [Fact]
    public async Task Repeated_create_is_answered_with_what_the_first_made()
    {
        var command = Net.Create("web", NodePort);
        var first = await Accepted(command);
        var again = await Accepted(new CreateObject(command.Key, Net.Service("web", NodePort), Net.User) { Uid = command.Uid });
        Assert.Equal(first.Revision, again.Revision);
        await Accepted(new DeleteObject(command.Key, null, Propagation.Background, Net.User));
        Assert.DoesNotContain(first.Text("spec", "clusterIP"), _store.Claims());
    }

    [Fact]
    public async Task Dry_run_claims_nothing()
    {
        var tried = await Accepted(Net.Create("web", NodePort) with { DryRun = true });
        Assert.NotEqual("", tried.Text("spec", "ports", 0, "nodePort"));
        Assert.Empty(_store.Claims());
        await Accepted(Net.Create("web"));
        var before = _store.Claims();
        Assert.NotEqual("", (await Accepted(Patch("web", """{"spec":{"type":"NodePort"}}""") with { DryRun = true })).Text("spec", "ports", 0, "nodePort"));
        Assert.Equal(before, _store.Claims());
    }

    [Fact]
    public async Task Update_that_leaves_values_out_keeps_them()
    {
        var service = await Accepted(Net.Create("web", NodePort));
        var updated = await Accepted(new UpdateObject(Net.Key("web"), Net.Service("web", NodePort.Replace("8080", "9090", StringComparison.Ordinal)), "", Net.User));
        Assert.Equal("9090", updated.Text("spec", "ports", 0, "targetPort"));
        Assert.Equal(service.Text("spec", "clusterIP"), updated.Text("spec", "clusterIP"));
        Assert.Equal(service.Text("spec", "ports", 0, "nodePort"), updated.Text("spec", "ports", 0, "nodePort"));
        Assert.Equal(2, _store.Claims().Length);
    }

    [Fact]
    public async Task Patch_to_NodePort_and_back_claims_and_releases()
    {
        await Accepted(Net.Create("web"));
        var patched = await Accepted(Patch("web", """{"spec":{"type":"NodePort"}}"""));
        var port = patched.Text("spec", "ports", 0, "nodePort");
        Assert.Contains($"nodeport-tcp-{port}", _store.Claims());
        var back = await Accepted(Patch("web", """{"spec":{"type":"ClusterIP"}}"""));
        Assert.Equal("", back.Text("spec", "ports", 0, "nodePort"));
        Assert.Equal([back.Text("spec", "clusterIP")], _store.Claims());
    }

    [Fact]
    public async Task Write_that_wants_nothing_is_admitted_at_once()
    {
        await Accepted(Net.Create("web"));
        var allocator = Allocator(_store, _options, command => throw new InvalidOperationException($"{command} was sent"));
        var answer = allocator.Send(Patch("web", """{"metadata":{"labels":{"a":"b"}}}"""));
        Assert.True(answer.IsCompletedSuccessfully);
        Assert.IsType<ObjectAccepted>(await answer);
    }

    [Fact]
    public async Task Patch_to_a_node_port_of_another_is_refused_and_changes_nothing()
    {
        await Accepted(Net.Create("first", """{"type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30080}]}"""));
        var second = await Accepted(Net.Create("second"));
        var rejection = await Rejected(Patch("second", """{"spec":{"type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30080}]}}"""));
        Assert.Contains("provided port is already allocated", rejection.Message);
        Assert.Equal(second.Revision, _store.Cache.Get(Net.Key("second"))!.Revision);
    }

    [Fact]
    public async Task Deleted_service_gives_its_claims_back_at_once()
    {
        const string spec = """{"clusterIP":"10.96.0.10","type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30080}]}""";
        await Accepted(Net.Create("web", spec));
        await Accepted(new DeleteObject(Net.Key("web"), null, Propagation.Background, Net.User));
        Assert.Empty(_store.Claims());
        await Accepted(Net.Create("next", spec));
    }

    [Fact]
    public async Task Abandoned_claim_stands_for_its_grace_and_can_then_be_taken()
    {
        const string spec = """{"clusterIP":"10.96.0.10","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}""";
        var key = ServiceClaim.AddressKey("10.96.0.10");
        _store.Do(new CreateObject(key, new ServiceClaim(key, Net.Key("lost"), "lost", _store.Now).ToJson(), Net.User));
        Assert.Equal(422, (await Rejected(Net.Create("web", spec))).Code);
        _store.Now += _options.ClaimGrace;
        await Accepted(Net.Create("web", spec));
        Assert.Equal("web", _store.Cache.Get(key)!.Text("spec", "parentRef", "name"));
    }

    /// <summary>Any sequence of writes: no two Services ever have the same, what each has is claimed for it, and what nobody has goes in the end.</summary>
    [Fact]
    public void Any_writes_leave_every_value_with_one_service() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 7], Gen.Int[0, 3]).Array[1, 40].Sample(steps =>
        {
            var store = new ObjectStore();
            var options = new ServiceNetworkOptions { ServiceCidr = "10.96.0.0/28", NodePorts = (30000, 30005) };
            var allocator = Allocator(store, options);
            foreach (var (name, what, value) in steps)
            {
                ObjectCommand command = what switch
                {
                    0 => Net.Create($"s{name}"),
                    1 => Net.Create($"s{name}", NodePort),
                    2 => Net.Create($"s{name}", $$"""{"clusterIP":"10.96.0.{{value + 1}}","type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":{{30000 + value}}}]}"""),
                    3 => Patch($"s{name}", """{"spec":{"type":"NodePort"}}"""),
                    4 => Patch($"s{name}", """{"spec":{"type":"ClusterIP"}}"""),
                    5 => Patch($"s{name}", $$$"""{"spec":{"type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":{{{30000 + value}}}}]}}"""),
                    _ => new DeleteObject(Net.Key($"s{name}"), null, Propagation.Background, Net.User),
                };
                var answer = allocator.Send(command);
                Assert.True(answer.IsCompletedSuccessfully);
                var services = store.Cache.List(ServiceSpec.Services).Objects;
                var used = services.SelectMany(service => ServiceClaim.Of(ServiceSpec.Of(service)).Select(claim => (claim, service.Uid))).ToArray();
                Assert.Equal(used.Length, used.Select(entry => entry.claim).Distinct().Count());
                Assert.All(used, entry => Assert.Equal(entry.Uid, ServiceClaim.Read(store.Cache.Get(entry.claim)!)!.ServiceUid));
                Assert.All(services, service => Assert.NotEqual("", service.Text("spec", "clusterIP")));
            }
            store.Now += options.ClaimGrace;
            foreach (var claim in store.Cache.List(ServiceClaim.Addresses).Objects.Concat(store.Cache.List(ServiceClaim.Others).Objects)) store.Settle(new ClaimReconciler(options), claim.Key);
            var left = store.Cache.List(ServiceSpec.Services).Objects.Sum(service => ServiceClaim.Of(ServiceSpec.Of(service)).Count());
            Assert.Equal(left, store.Claims().Length);
        }, iter: 200);
}
