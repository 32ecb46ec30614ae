using System.Text.Json.Nodes;
using NodeActor.Runtime;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Runtime;

/// <summary>Pods on a real containerd.</summary>
public sealed class ContainerdPodTests(ContainerdFixture containerd) : IClassFixture<ContainerdFixture>
{
    private const string Forever = "trap 'exit 0' TERM; while true; do sleep 0.1; done";

    [RootFact]
    public async Task Pod_runs_logs_and_leaves_nothing_when_deleted()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var pod = TestPod.Script("hello", $"echo hello from $HOSTNAME; echo oops >&2; {Forever}");
        node.Desire(pod);
        var status = await node.UntilReady(pod);
        Assert.Matches(@"^10\.98\.\d+\.\d+$", (string?)status["podIP"]);
        Assert.Equal(containerd.NodeAddress, (string?)status["hostIP"]);
        Assert.StartsWith("containerd://", (string?)NodeUnderTest.Container(status)["containerID"], StringComparison.Ordinal);
        await node.UntilLogged(pod, "main", 0, "hello from hello");
        await node.UntilLogged(pod, "main", 0, "oops");
        Assert.Equal(
            ["Pulled: Container image \"docker.io/demo/busybox:v1\" already present on machine", "Created: Created container: main", "Started: Started container main"],
            node.Events(pod));

        node.Delete(pod, 5);
        await node.UntilStopped(pod);
        await node.UntilEvent(pod, "Killing", "Stopping container main");
        Assert.Equal(0, (int)NodeUnderTest.Container(await node.Until(pod, "terminated", Terminated))["state"]!["terminated"]!["exitCode"]!);
        var left = await node.Runtime.ObserveAsync(pod.Uid, CancellationToken.None);
        Assert.Empty(left.Sandboxes);
        Assert.Empty(left.Containers);
        Assert.False(Directory.Exists(Path.Combine(node.Options.PodsDirectory, pod.Uid.Value)));
    }

    [RootFact]
    public async Task Container_that_exits_restarts_and_keeps_its_last_state()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var pod = TestPod.Script("restarts", "echo run; echo -n bye > /dev/termination-log; sleep 0.2; exit 3");
        node.Desire(pod);
        var status = await node.Until(pod, "CrashLoopBackOff", one => (string?)NodeUnderTest.Container(one)["state"]?["waiting"]?["reason"] == "CrashLoopBackOff");
        var container = NodeUnderTest.Container(status);
        Assert.Equal(1, (int)container["restartCount"]!);
        Assert.Equal(3, (int)container["lastState"]!["terminated"]!["exitCode"]!);
        Assert.Equal("Error", (string?)container["lastState"]!["terminated"]!["reason"]);
        Assert.Equal("bye", (string?)container["lastState"]!["terminated"]!["message"]);
        Assert.Equal("run", node.Log(pod, "main", 0));
        await node.UntilEvent(pod, "BackOff", "Back-off restarting failed container main in pod restarts_default(");
        await Remove(node, pod);
    }

    [RootFact]
    public async Task Container_over_its_memory_limit_is_OOMKilled()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var limits = new JsonObject { ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["memory"] = "20Mi" } } };
        var pod = TestPod.Script("oom", "exec dd if=/dev/zero of=/dev/null bs=200M count=1", limits, new() { ["restartPolicy"] = "Never" });
        node.Desire(pod);
        var status = await node.Until(pod, "Failed", one => (string?)one["phase"] == "Failed");
        var ended = NodeUnderTest.Container(status)["state"]!["terminated"]!;
        Assert.Equal("OOMKilled", (string?)ended["reason"]);
        Assert.Equal(137, (int)ended["exitCode"]!);
        await Remove(node, pod);
    }

    [RootFact]
    public async Task Limits_environment_and_volumes_reach_the_container()
    {
        await using var node = NodeUnderTest.Start(containerd);
        node.HasObject("configmaps", "settings", new() { ["kind"] = "ConfigMap", ["apiVersion"] = "v1", ["data"] = new JsonObject { ["color"] = "blue", ["size"] = "9" } });
        node.HasObject("secrets", "password", new() { ["kind"] = "Secret", ["apiVersion"] = "v1", ["data"] = new JsonObject { ["word"] = "c2VzYW1l" } });
        var container = JsonNode.Parse("""
            {
              "env": [
                { "name": "COLOR", "valueFrom": { "configMapKeyRef": { "name": "settings", "key": "color" } } },
                { "name": "WORD", "valueFrom": { "secretKeyRef": { "name": "password", "key": "word" } } },
                { "name": "IP", "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } },
                { "name": "APP", "valueFrom": { "fieldRef": { "fieldPath": "metadata.labels['app']" } } },
                { "name": "MEMORY", "valueFrom": { "resourceFieldRef": { "resource": "limits.memory", "divisor": "1Mi" } } },
                { "name": "BOTH", "value": "$(COLOR)-$(APP)-$(NONE)-$$(COLOR)" }
              ],
              "envFrom": [{ "configMapRef": { "name": "settings" }, "prefix": "S_" }],
              "resources": { "limits": { "memory": "64Mi", "cpu": "500m" } },
              "securityContext": { "runAsUser": 1000, "runAsGroup": 2000, "readOnlyRootFilesystem": true },
              "volumeMounts": [
                { "name": "settings", "mountPath": "/settings" }, { "name": "password", "mountPath": "/password" },
                { "name": "scratch", "mountPath": "/scratch" }, { "name": "self", "mountPath": "/self" },
                { "name": "settings", "mountPath": "/one/color", "subPath": "color" }
              ]
            }
            """)!.AsObject();
        var spec = JsonNode.Parse("""
            {
              "restartPolicy": "Never",
              "volumes": [
                { "name": "settings", "configMap": { "name": "settings" } },
                { "name": "password", "secret": { "secretName": "password", "defaultMode": 420 } },
                { "name": "scratch", "emptyDir": {} },
                { "name": "self", "downwardAPI": { "items": [{ "path": "labels", "fieldRef": { "fieldPath": "metadata.labels" } }] } }
              ]
            }
            """)!.AsObject();
        var script = "set -e; echo $COLOR $WORD $IP $APP $MEMORY \"$BOTH\" $S_size; id -u; id -g; cat /settings/color; echo; cat /password/word; echo; cat /one/color; echo; "
            + "cat /self/labels; echo; echo kept > /scratch/x; cat /scratch/x; touch /y 2>/dev/null || echo read-only; "
            + "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null || true; grep $IP /etc/hosts";
        var pod = TestPod.Script("inside", script, container, spec);
        node.Desire(pod);
        var status = await node.Until(pod, "ended", one => (string?)one["phase"] is "Succeeded" or "Failed");
        var address = (string?)status["podIP"];
        Assert.Equal(
            $"blue sesame {address} test 64 blue-test-$(NONE)-$(COLOR) 9\n1000\n2000\nblue\nsesame\nblue\napp=\"test\"\nkept\nread-only\n67108864\n{address}\tinside",
            node.Log(pod, "main", 0));
        Assert.Equal("Succeeded", (string?)status["phase"]);
        await Remove(node, pod);
    }

    [RootFact]
    public async Task Missing_ConfigMap_holds_the_container_until_it_appears()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var container = new JsonObject { ["envFrom"] = new JsonArray(new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = "late" } }) };
        var pod = TestPod.Script("waits", Forever, container);
        node.Desire(pod);
        var status = await node.Until(pod, "CreateContainerConfigError",
            one => (string?)NodeUnderTest.Container(one)["state"]?["waiting"]?["reason"] == "CreateContainerConfigError");
        Assert.Equal("configmap \"late\" not found", (string?)NodeUnderTest.Container(status)["state"]!["waiting"]!["message"]);
        node.HasObject("configmaps", "late", new() { ["kind"] = "ConfigMap", ["apiVersion"] = "v1", ["data"] = new JsonObject { ["a"] = "b" } });
        await node.UntilRunning(pod);
        await Remove(node, pod);
    }

    [RootFact]
    public async Task Container_that_ignores_TERM_is_killed_after_its_grace()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var pod = TestPod.Script("stubborn", "trap 'echo got TERM' TERM; echo up; while true; do sleep 0.1; done");
        node.Desire(pod);
        await node.UntilLogged(pod, "main", 0, "up");
        using var log = File.OpenText(node.LogFile(pod, "main", 0));
        node.Delete(pod, 1);
        var status = await node.Until(pod, "terminated", Terminated);
        Assert.Equal(137, (int)NodeUnderTest.Container(status)["state"]!["terminated"]!["exitCode"]!);
        await node.UntilStopped(pod);
        Assert.Contains("got TERM", await log.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Hooks_run_after_the_start_and_before_TERM()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var container = JsonNode.Parse("""
            {
              "lifecycle": {
                "postStart": { "exec": { "command": ["sh", "-c", "echo post > /proc/1/fd/1"] } },
                "preStop": { "exec": { "command": ["sh", "-c", "echo pre > /proc/1/fd/1"] } }
              }
            }
            """)!.AsObject();
        var pod = TestPod.Script("hooks", "trap 'echo term; exit 0' TERM; echo start; while true; do sleep 0.1; done", container);
        node.Desire(pod);
        await node.UntilReady(pod);
        await node.UntilLogged(pod, "main", 0, "post");
        using var log = File.OpenText(node.LogFile(pod, "main", 0));
        node.Delete(pod, 10);
        await node.UntilStopped(pod);
        Assert.Contains("pre\nterm", NodeUnderTest.Printed(await log.ReadToEndAsync()), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Init_containers_and_sidecars_come_first()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var sidecar = TestPod.Container("side", Forever, new() { ["restartPolicy"] = "Always" });
        var mount = new JsonObject { ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "shared", ["mountPath"] = "/shared" }) };
        var spec = new JsonObject
        {
            ["restartPolicy"] = "OnFailure",
            ["initContainers"] = new JsonArray(sidecar, TestPod.Container("first", "echo made > /shared/file", mount)),
            ["volumes"] = new JsonArray(new JsonObject { ["name"] = "shared", ["emptyDir"] = new JsonObject { ["medium"] = "Memory" } }),
        };
        var pod = TestPod.Script("ordered", "cat /shared/file; sleep 0.3", mount, spec);
        node.Desire(pod);
        var status = await node.Until(pod, "Succeeded", one => (string?)one["phase"] == "Succeeded");
        Assert.Equal("made", node.Log(pod, "main", 0));
        Assert.Equal(["side", "first"], status["initContainerStatuses"]!.AsArray().Select(one => (string?)one!["name"]));
        await Remove(node, pod);
    }

    [RootFact]
    public async Task Probes_make_ready_and_restart()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var container = JsonNode.Parse("""
            {
              "readinessProbe": { "httpGet": { "port": 8080, "path": "/ok" }, "periodSeconds": 1 },
              "livenessProbe": { "exec": { "command": ["test", "!", "-e", "/tmp/dead"] }, "periodSeconds": 1, "failureThreshold": 1, "timeoutSeconds": 5 },
              "startupProbe": { "tcpSocket": { "port": 8080 }, "periodSeconds": 1 }
            }
            """)!.AsObject();
        var pod = TestPod.Script("probed", "trap 'exit 0' TERM; mkdir -p /www; echo y > /www/ok; httpd -p 8080 -h /www; while true; do sleep 0.1; done", container);
        node.Desire(pod);
        var status = await node.UntilReady(pod);
        var id = ((string?)NodeUnderTest.Container(status)["containerID"])!.Split("://")[1];
        await node.Runtime.ExecAsync(id, ["rm", "/www/ok"], TimeSpan.FromSeconds(5), CancellationToken.None);
        await node.Until(pod, "not ready", one => !NodeUnderTest.Ready(one));
        await node.UntilEvent(pod, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404");
        await node.Runtime.ExecAsync(id, ["touch", "/tmp/dead"], TimeSpan.FromSeconds(5), CancellationToken.None);
        await node.Until(pod, "ready again after a restart", one => NodeUnderTest.Ready(one) && (int)NodeUnderTest.Container(one)["restartCount"]! == 1);
        await node.UntilEvent(pod, "Killing", "Container main failed liveness probe, will be restarted");
        await Remove(node, pod);
    }

    [RootFact]
    public async Task New_agent_adopts_what_runs_and_removes_what_nobody_wants()
    {
        var kept = TestPod.Script("kept", Forever);
        var orphan = TestPod.Script("orphan", Forever);
        JsonNode before;
        await using (var first = NodeUnderTest.Start(containerd))
        {
            first.Desire(kept);
            first.Desire(orphan);
            before = await first.UntilReady(kept);
            await first.UntilReady(orphan);
        }
        await using var second = NodeUnderTest.Start(containerd);
        second.Desire(kept with { Status = before });
        second.Synced(kept);
        var after = await second.UntilReady(kept);
        Assert.Equal((string?)NodeUnderTest.Container(before)["containerID"], (string?)NodeUnderTest.Container(after)["containerID"]);
        Assert.Equal((string?)before["podIP"], (string?)after["podIP"]);
        await second.UntilStopped(orphan);
        Assert.Empty((await second.Runtime.ObserveAsync(orphan.Uid, CancellationToken.None)).Sandboxes);
        Assert.Single((await second.Runtime.ObserveAsync(kept.Uid, CancellationToken.None)).Containers, one => one.Phase == ContainerPhase.Running);
        await Remove(second, kept);
    }

    [RootFact]
    public async Task Absent_image_and_absent_program_say_what_is_wrong()
    {
        await using var node = NodeUnderTest.Start(containerd);
        var pod = new TestPod("wrong")
        {
            Spec = new()
            {
                ["containers"] = new JsonArray(
                    new JsonObject { ["name"] = "a", ["image"] = "127.0.0.1:9/none:1" },
                    new JsonObject { ["name"] = "b", ["image"] = "docker.io/demo/none:1", ["imagePullPolicy"] = "Never" },
                    new JsonObject { ["name"] = "c", ["image"] = "docker.io/demo/busybox:v1", ["command"] = new JsonArray("/no/such/program") }),
            },
        };
        node.Desire(pod);
        await node.Until(pod, "ImagePullBackOff", one => (string?)NodeUnderTest.Container(one)["state"]?["waiting"]?["reason"] == "ImagePullBackOff");
        await node.Until(pod, "ErrImageNeverPull", one => (string?)NodeUnderTest.Container(one, 1)["state"]?["waiting"]?["reason"] == "ErrImageNeverPull");
        await node.Until(pod, "StartError", one => (string?)NodeUnderTest.Container(one, 2)["lastState"]?["terminated"]?["reason"] == "StartError");
        await Remove(node, pod);
    }

    private static bool Terminated(JsonNode status) => NodeUnderTest.Container(status)["state"]?["terminated"] is not null;

    private static async Task Remove(NodeUnderTest node, TestPod pod)
    {
        node.Gone(pod);
        await node.UntilStopped(pod);
    }
}
