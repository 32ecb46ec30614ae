using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>
/// Runs a pod that exists nowhere through the machine, so that the code of it is compiled before the first real pod comes: that one would
/// otherwise start half a second later than the others.
/// </summary>
internal static class WarmUp
{
    private static ReadOnlySpan<byte> Pod => """
        {
          "metadata": { "name": "warm", "namespace": "warm", "uid": "warm", "labels": { "app": "warm" } },
          "spec": {
            "containers": [{
              "name": "one", "image": "warm/up:1", "env": [{ "name": "A", "value": "$(B)" }], "resources": { "limits": { "cpu": "1", "memory": "1Mi" } },
              "readinessProbe": { "httpGet": { "port": 80 } }, "volumeMounts": [{ "name": "none", "mountPath": "/none" }]
            }],
            "volumes": [{ "name": "none", "emptyDir": {} }]
          },
          "status": { "phase": "Pending" }
        }
        """u8;

    /// <summary>Touches nothing outside itself.</summary>
    public static void Run(TimeProvider clock)
    {
        var now = Moment.Of(clock);
        var uid = new PodUid("warm");
        var sandbox = new RuntimeSandbox("warm", uid, "warm", "warm", 0, true) { IPs = ["192.0.2.1"] };
        var container = new RuntimeContainer("warm", uid, "warm", "one", 0, ContainerPhase.Running) { StartedAt = now.Wall };
        var state = new PodState(new ObjectKey("", "pods", "warm", "warm"), uid);
        PodFact[] facts = [new DesiredChanged(PodDefinition.Parse(Pod.ToArray())), new PodObserved("observe", new([sandbox], [container]))];
        foreach (var fact in facts) state = PodMachine.Decide(PodMachine.Apply(state, fact, now).State, now).State;
    }
}
