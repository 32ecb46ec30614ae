using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Admission;

/// <summary>What no mutating policy has a part in, so that one that refuses everything can be taken away.</summary>
public sealed class MutatingPolicyRepairTests
{
    private const string Broken = "Object{data: {'a': object.none.such}}";

    private static readonly (string What, Func<MutationWorld, Task<string>> Do)[] Spared =
    [
        ("its policy changes", world => world.Merge("mutatingadmissionpolicies", "p", """{ "metadata": { "labels": { "a": "b" } } }""")),
        ("its binding changes", world => world.Merge("mutatingadmissionpolicybindings", "b", """{ "metadata": { "labels": { "a": "b" } } }""")),
        ("a validating policy", world => world.Create("validatingadmissionpolicybindings", "v", """{ "spec": { "policyName": "v", "validationActions": ["Deny"] } }""")),
        ("another binding", world => world.Create("mutatingadmissionpolicybindings", "c", """{ "spec": { "policyName": "p" } }""")),
        ("a webhook", world => world.Create("validatingwebhookconfigurations", "w", """{ "webhooks": [] }""")),
        ("a role of the beginning", world => world.Create("clusterroles", "r", """{ "rules": [] }""", Requester.Controller("rbac-bootstrap"))),
        ("a namespace of the beginning", world => world.Create("namespaces", "kube-system", "{}", Requester.Controller("namespace-controller"))),
    ];

    [Fact]
    public async Task Policy_that_refuses_everything_can_be_repaired_and_does_not_keep_a_control_plane_from_starting()
    {
        Assert.Equal(Spared.Select(write => write.What), await Admitted(new()));
    }

    // A mutant: without the guard none of these could be written.
    [Fact]
    public async Task Without_the_guard_it_could_not()
    {
        Assert.Empty(await Admitted(new(_ => false)));
    }

    private static async Task<List<string>> Admitted(MutationWorld world)
    {
        world.Policy("p", MutationWorld.Apply(Broken), rule: PolicyWorld.Anything).Bind("b", "p");
        Assert.StartsWith("403", await world.Create("configmaps", "before"), StringComparison.Ordinal);
        var admitted = new List<string>();
        foreach (var (what, write) in Spared)
        {
            if (await write(world) == "") admitted.Add(what);
        }
        return admitted;
    }
}
