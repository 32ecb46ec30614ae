using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects;
using k8s.Models;
using Xunit;
using static Tests.Unit.Patching.PatchCase;

namespace Tests.Unit.Patching;

/// <summary>Lists whose items are told apart by more than the merge key: ports by number and protocol.</summary>
public sealed class SeveralKeysTests
{
    private static readonly KindDefinition Service = Of<V1Service>("Service", "services");

    [Theory]
    // kubectl apply of 8080/TCP, 8080/UDP and 8081/TCP over 8080/TCP.
    [InlineData("""[{"containerPort":8080,"protocol":"TCP"}]""",
        """{"$setElementOrder/ports":[{"containerPort":8080},{"containerPort":8080},{"containerPort":8081}],"ports":[{"containerPort":8080,"protocol":"UDP"},{"containerPort":8081}]}""",
        """[{"containerPort":8080,"protocol":"TCP"},{"containerPort":8080,"protocol":"UDP"},{"containerPort":8081}]""")]
    // kubectl apply of 8080/UDP over 8080/TCP: one is wanted, so it changes.
    [InlineData("""[{"containerPort":8080,"protocol":"TCP","name":"a"}]""",
        """{"$setElementOrder/ports":[{"containerPort":8080}],"ports":[{"containerPort":8080,"protocol":"UDP"}]}""",
        """[{"containerPort":8080,"protocol":"UDP","name":"a"}]""")]
    // kubectl apply of 8080/TCP over 8080/TCP and 8080/UDP.
    [InlineData("""[{"containerPort":8080,"protocol":"TCP"},{"containerPort":8080,"protocol":"UDP"}]""",
        """{"$setElementOrder/ports":[{"containerPort":8080}],"ports":[{"$patch":"delete","containerPort":8080}]}""",
        """[{"containerPort":8080,"protocol":"TCP"}]""")]
    [InlineData("""[{"containerPort":8080,"protocol":"TCP"},{"containerPort":8080,"protocol":"UDP"}]""",
        """{"$setElementOrder/ports":[{"containerPort":9090}],"ports":[{"containerPort":9090},{"$patch":"delete","containerPort":8080}]}""",
        """[{"containerPort":9090}]""")]
    // By all the keys that are given, with their defaults.
    [InlineData("""[{"containerPort":8080},{"containerPort":8080,"protocol":"UDP"}]""", """{"ports":[{"containerPort":8080,"protocol":"TCP","name":"t"}]}""",
        """[{"containerPort":8080,"protocol":"TCP","name":"t"},{"containerPort":8080,"protocol":"UDP"}]""")]
    [InlineData("""[{"containerPort":8080,"protocol":"UDP"},{"containerPort":8080,"protocol":"TCP"}]""", """{"ports":[{"$patch":"delete","containerPort":8080,"protocol":"UDP"}]}""",
        """[{"containerPort":8080,"protocol":"TCP"}]""")]
    [InlineData("""[{"containerPort":8080}]""", """{"ports":[{"containerPort":8080,"protocol":"UDP"},{"containerPort":8080,"protocol":"TCP","name":"t"}]}""",
        """[{"containerPort":8080,"protocol":"TCP","name":"t"},{"containerPort":8080,"protocol":"UDP"}]""")]
    // The merge key alone: as Kubernetes, and of several the one that has the default.
    [InlineData("""[{"containerPort":8080,"protocol":"UDP"}]""", """{"ports":[{"containerPort":8080,"name":"u"}]}""", """[{"containerPort":8080,"protocol":"UDP","name":"u"}]""")]
    [InlineData("""[{"containerPort":8080,"protocol":"UDP"},{"containerPort":8080,"protocol":"TCP"}]""", """{"ports":[{"containerPort":8080,"name":"t"}]}""",
        """[{"containerPort":8080,"protocol":"UDP"},{"containerPort":8080,"protocol":"TCP","name":"t"}]""")]
    [InlineData("""[{"containerPort":8080,"protocol":"UDP"},{"containerPort":8080,"protocol":"TCP"},{"containerPort":1}]""", """{"ports":[{"$patch":"delete","containerPort":8080}]}""",
        """[{"containerPort":1}]""")]
    public void Ports_of_a_container_are_patched(string ports, string patch, string expected) => AssertPatched(
        ClientPatch.StrategicMergePatchType,
        $$$"""{"spec":{"containers":[{"name":"c","ports":{{{ports}}}}]}}""",
        $$$"""{"spec":{"containers":[{"name":"c",{{{patch[1..]}}}]}}""",
        $$$"""{"spec":{"containers":[{"name":"c","ports":{{{expected}}}}]}}""");

    [Fact]
    public void Service_gets_one_port_by_two_protocols() => AssertPatched(
        ClientPatch.StrategicMergePatchType,
        """{"spec":{"ports":[{"name":"web","port":80,"protocol":"TCP"}]}}""",
        """{"spec":{"ports":[{"name":"https","port":443,"protocol":"TCP"},{"name":"quic","port":443,"protocol":"UDP"}]}}""",
        """{"spec":{"ports":[{"name":"https","port":443,"protocol":"TCP"},{"name":"quic","port":443,"protocol":"UDP"},{"name":"web","port":80,"protocol":"TCP"}]}}""",
        Service);

    [Fact]
    public void Constraint_whose_second_key_changes_stays_one() => AssertPatched(
        ClientPatch.StrategicMergePatchType,
        """{"spec":{"topologySpreadConstraints":[{"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","maxSkew":1}]}}""",
        """{"spec":{"$setElementOrder/topologySpreadConstraints":[{"topologyKey":"zone"}],"topologySpreadConstraints":[{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"}]}}""",
        """{"spec":{"topologySpreadConstraints":[{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","maxSkew":1}]}}""");
}
