using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Strategies;

public sealed class PodStrategyTests
{
    private static readonly KindCase Pod = new("", "pods");

    [Fact]
    public void Defaults_fill_what_the_user_left_out()
    {
        var pod = Pod.Created("""
            {"spec":{"containers":[{"name":"a","image":"nginx","ports":[{"containerPort":80}],"readinessProbe":{"httpGet":{"port":80}}}],
             "volumes":[{"name":"v"},{"name":"s","secret":{"secretName":"x"}}]}}
            """);
        var spec = pod["spec"]!;
        Assert.Equal(
            """{"restartPolicy":"Always","dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler","terminationGracePeriodSeconds":30,"securityContext":{},"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority","priority":0}""",
            new JsonObject(spec.AsObject().Where(member => member.Key is not ("containers" or "volumes")).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString());
        Assert.Equal("""[{"name":"v","emptyDir":{}},{"name":"s","secret":{"secretName":"x","defaultMode":420}}]""", spec["volumes"]!.ToJsonString());
        var container = spec["containers"]![0]!;
        Assert.Equal("Always", (string?)container["imagePullPolicy"]);
        Assert.Equal("TCP", (string?)container["ports"]![0]!["protocol"]);
        Assert.Equal("""{"httpGet":{"port":80,"path":"/","scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3}""", container["readinessProbe"]!.ToJsonString());
        Assert.Equal("""{"phase":"Pending","qosClass":"BestEffort"}""", pod["status"]!.ToJsonString());
    }

    [Theory]
    [InlineData("nginx", "Always")]
    [InlineData("nginx:latest", "Always")]
    [InlineData("nginx:1.27", "IfNotPresent")]
    [InlineData("registry:5000/nginx", "Always")]
    [InlineData("registry:5000/nginx:1", "IfNotPresent")]
    [InlineData("nginx@sha256:0123", "IfNotPresent")]
    public void Pull_policy_follows_from_the_tag(string image, string policy) =>
        Assert.Equal(policy, (string?)Pod.Created(Container($$$$""" "image":"{{{{image}}}}" """))["spec"]!["containers"]![0]!["imagePullPolicy"]);

    [Theory]
    [InlineData("""{"limits":{"cpu":"1","memory":"1Gi"}}""", "Guaranteed")]
    [InlineData("""{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"500m"}}""", "Burstable")]
    [InlineData("""{"requests":{"cpu":"500m"}}""", "Burstable")]
    [InlineData("{}", "BestEffort")]
    public void Quality_of_service_follows_from_the_resources(string resources, string qos) =>
        Assert.Equal(qos, (string?)Pod.Created(Container($$$$""" "image":"x:1","resources":{{{{resources}}}} """))["status"]!["qosClass"]);

    [Fact]
    public void Limits_are_requested_and_quantities_canonical() => Assert.Equal(
        """{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"250m","memory":"1Gi"}}""",
        Pod.Created(Container(""" "image":"x:1","resources":{"limits":{"cpu":"0.5","memory":"1024Mi"},"requests":{"cpu":0.25}} """))["spec"]!["containers"]![0]!["resources"]!.ToJsonString());

    [Theory]
    [InlineData("""{}""", "spec.containers: Required value")]
    [InlineData("""{"containers":[]}""", "spec.containers: Required value")]
    [InlineData("""{"containers":[{"name":"a"}]}""", "spec.containers[0].image: Required value")]
    [InlineData("""{"containers":[{"image":"x"}]}""", "spec.containers[0].name: Required value")]
    [InlineData("""{"containers":[{"name":"A","image":"x"}]}""", "spec.containers[0].name: Invalid value: \"A\": a lowercase RFC 1123 label")]
    [InlineData("""{"containers":[{"name":"a","image":"x"},{"name":"a","image":"x"}]}""", "spec.containers[1].name: Duplicate value: \"a\"")]
    [InlineData("""{"containers":[{"name":"a","image":" x"}]}""", "spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing whitespace")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"restartPolicy":"Sometimes"}""", "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"dnsPolicy":"None"}""", "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"activeDeadlineSeconds":0}""", "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"nodeSelector":{"a":"b c"}}""", "spec.nodeSelector: Invalid value: \"b c\": a valid label")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"initContainers":[{"name":"i","image":"x","livenessProbe":{"exec":{"command":["a"]}}}]}""",
        "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"volumes":[{"name":"v","emptyDir":{},"hostPath":{"path":"/x"}}]}""", "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"volumes":[{"name":"v"},{"name":"v"}]}""", "spec.volumes[1].name: Duplicate value: \"v\"")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"volumes":[{"name":"v","persistentVolumeClaim":{}}]}""", "spec.volumes[0].persistentVolumeClaim.claimName: Required value")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"tolerations":[{"operator":"Equal","value":"x"}]}""", "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"tolerations":[{"key":"a","operator":"Exists","value":"x"}]}""", "value must be empty when `operator` is 'Exists'")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"tolerations":[{"key":"a","operator":"Exists","effect":"NoSchedule","tolerationSeconds":3}]}""",
        "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[]}}}}""",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{}]}}}""",
        "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty")]
    [InlineData("""{"containers":[{"name":"a","image":"x"}],"topologySpreadConstraints":[{"maxSkew":0,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule"}]}""",
        "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero")]
    public void Spec_with_a_fault_is_refused(string spec, string message) => Assert.Contains(message, Assert.Single(Pod.CreateFaults($$$$"""{"spec":{{{{spec}}}}}""")));

    [Theory]
    [InlineData(""" "ports":[{"containerPort":0}] """, "ports[0].containerPort: Required value")]
    [InlineData(""" "ports":[{"containerPort":70000}] """, "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive")]
    [InlineData(""" "ports":[{"containerPort":1,"name":"p"},{"containerPort":2,"name":"p"}] """, "ports[1].name: Duplicate value: \"p\"")]
    [InlineData(""" "ports":[{"containerPort":1,"name":"A_b"}] """, "ports[0].name: Invalid value: \"A_b\": must contain only alpha-numeric characters")]
    [InlineData(""" "ports":[{"containerPort":1,"protocol":"ICMP"}] """, "ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", \"UDP\"")]
    [InlineData(""" "ports":[{"containerPort":1,"hostPort":9},{"containerPort":2,"hostPort":9}] """, "ports[1].hostPort: Duplicate value: \"9/TCP\"")]
    [InlineData(""" "env":[{"value":"x"}] """, "env[0].name: Required value")]
    [InlineData(""" "env":[{"name":"A=B"}] """, "env[0].name: Invalid value: \"A=B\": a valid environment variable name")]
    [InlineData(""" "env":[{"name":"A","value":"x","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}] """, "env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty")]
    [InlineData(""" "env":[{"name":"A","valueFrom":{}}] """, "env[0].valueFrom: Invalid value: \"\": must specify one of")]
    [InlineData(""" "env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.color"}}}] """, "env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.color\": error converting fieldPath: field label not supported: spec.color")]
    [InlineData(""" "envFrom":[{}] """, "envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`")]
    [InlineData(""" "volumeMounts":[{"name":"no","mountPath":"/x"}] """, "volumeMounts[0].name: Not found: \"no\"")]
    [InlineData(""" "resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}} """, "resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1")]
    [InlineData(""" "resources":{"requests":{"cpu":"-1"}} """, "resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0")]
    [InlineData(""" "resources":{"requests":{"cpu":"lots"}} """, "resources.requests[cpu]: Invalid value: \"lots\": quantities must match the regular expression")]
    [InlineData(""" "resources":{"requests":{"speed":"1"}} """, "resources.requests[speed]: Invalid value: \"speed\": must be a standard resource for containers")]
    [InlineData(""" "resources":{"requests":{"example.com/gpu":"1"}} """, "resources.limits: Required value: Limit must be set for non overcommitable resources")]
    [InlineData(""" "livenessProbe":{} """, "livenessProbe: Required value: must specify a handler type")]
    [InlineData(""" "livenessProbe":{"exec":{"command":["a"]},"tcpSocket":{"port":1}} """, "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type")]
    [InlineData(""" "livenessProbe":{"exec":{"command":["a"]},"successThreshold":2} """, "livenessProbe.successThreshold: Invalid value: 2: must be 1")]
    [InlineData(""" "readinessProbe":{"httpGet":{"port":0}} """, "readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive")]
    [InlineData(""" "readinessProbe":{"tcpSocket":{"port":1},"periodSeconds":-1} """, "readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData(""" "imagePullPolicy":"Maybe" """, "imagePullPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", \"IfNotPresent\", \"Never\"")]
    [InlineData(""" "securityContext":{"privileged":true,"allowPrivilegeEscalation":false} """, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")]
    public void Container_with_a_fault_is_refused(string members, string message) =>
        Assert.Contains($"spec.containers[0].{message}".Replace("spec.containers[0].cannot", "cannot"), Assert.Single(Pod.CreateFaults(Container($$$$""" "image":"x", {{{{members}}}}"""))));

    [Fact]
    public void Full_spec_without_fault_is_taken() => Assert.Empty(Pod.CreateFaults("""
        {"spec":{"serviceAccountName":"sa","nodeSelector":{"zone":"a"},"hostAliases":[{"ip":"10.0.0.1","hostnames":["h.example.com"]}],
          "initContainers":[{"name":"side","image":"x:1","restartPolicy":"Always","startupProbe":{"tcpSocket":{"port":"web"}}}],
          "containers":[{"name":"a","image":"x:1","command":["sh"],"ports":[{"name":"web","containerPort":80}],
            "env":[{"name":"N","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['app']"}}},{"name":"S","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],
            "envFrom":[{"configMapRef":{"name":"c"}}],"volumeMounts":[{"name":"v","mountPath":"/v","subPath":"a/b"}],
            "resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"128Mi","example.com/gpu":"1"}},
            "lifecycle":{"preStop":{"sleep":{"seconds":3}}},"livenessProbe":{"grpc":{"port":9}},"securityContext":{"runAsUser":1000,"capabilities":{"drop":["ALL"]}}}],
          "volumes":[{"name":"v","projected":{"sources":[{"configMap":{"name":"c","items":[{"key":"k","path":"p"}]}},{"serviceAccountToken":{"path":"t"}}]}}],
          "tolerations":[{"operator":"Exists"},{"key":"a","value":"b","effect":"NoExecute","tolerationSeconds":5}],
          "affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{"matchExpressions":[{"key":"a","operator":"Gt","values":["1"]}]}}]},
            "podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":100,"podAffinityTerm":{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"a":"b"}}}}]}},
          "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"a":"b"}}}]}}
        """));

    [Theory]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"y:2"}]}}""")]
    [InlineData("""{"spec":{"activeDeadlineSeconds":5}}""")]
    [InlineData("""{"spec":{"tolerations":[{"key":"a","operator":"Exists"},{"key":"b","operator":"Exists"}]}}""")]
    [InlineData("""{"metadata":{"labels":{"x":"y"}}}""")]
    public void Allowed_change_of_a_spec_is_taken(string patch)
    {
        var pod = Pod.Create("""{"spec":{"containers":[{"name":"a","image":"x:1"}],"tolerations":[{"key":"a","operator":"Exists"}]}}""");
        // A merge patch replaces lists, so the container's defaults come anew.
        Assert.Empty(Pod.PatchFaults(pod, patch));
    }

    [Theory]
    [InlineData("""{"spec":{"hostname":"h"}}""", "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)")]
    [InlineData("""{"spec":{"nodeName":"n"}}""", "spec: Forbidden: pod updates may not change fields other than")]
    [InlineData("""{"spec":{"terminationGracePeriodSeconds":5}}""", "spec: Forbidden: pod updates may not change fields other than")]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"x:1"},{"name":"b","image":"x:1"}]}}""", "spec.containers: Forbidden: pod updates may not add or remove containers")]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"x:1","command":["sh"]}]}}""", "spec: Forbidden: pod updates may not change fields other than")]
    [InlineData("""{"spec":{"tolerations":null}}""", "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds")]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":""}]}}""", "spec.containers[0].image: Required value")]
    public void Other_change_of_a_spec_is_refused(string patch, string message)
    {
        var pod = Pod.Create("""{"spec":{"containers":[{"name":"a","image":"x:1"}],"tolerations":[{"key":"a","operator":"Exists"}]}}""");
        Assert.Contains(Pod.PatchFaults(pod, patch), fault => fault.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Deadline_can_only_come_nearer()
    {
        var pod = Pod.Create("""{"spec":{"activeDeadlineSeconds":10,"containers":[{"name":"a","image":"x:1"}]}}""");
        Assert.Empty(Pod.PatchFaults(pod, """{"spec":{"activeDeadlineSeconds":9}}"""));
        Assert.Equal(["spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value"], Pod.PatchFaults(pod, """{"spec":{"activeDeadlineSeconds":11}}"""));
        Assert.Equal(["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"], Pod.PatchFaults(pod, """{"spec":{"activeDeadlineSeconds":null}}"""));
    }

    [Theory]
    [InlineData("", "Pending", null, 0, true)]
    [InlineData("n1", "Succeeded", null, 0, true)]
    [InlineData("n1", "Failed", 5L, 0, true)]
    [InlineData("n1", "Running", null, 7, false)]
    [InlineData("n1", "Running", 3L, 3, false)]
    [InlineData("n1", "Running", -1L, 1, false)]
    [InlineData("n1", "Running", 0L, 0, true)]
    public void Grace_is_given_only_to_what_a_node_runs(string node, string phase, long? asked, long grace, bool gone)
    {
        var pod = Pod.With(Pod.Create("""{"spec":{"terminationGracePeriodSeconds":7,"containers":[{"name":"a","image":"x:1"}]}}"""), tree =>
        {
            tree["spec"]!["nodeName"] = node;
            tree["status"]!["phase"] = phase;
        });
        var (deleted, isGone) = Pod.Deleted(pod, asked);
        Assert.Equal((grace, gone), ((long)deleted["metadata"]!["deletionGracePeriodSeconds"]!, isGone));
    }

    [Fact]
    public void Defaults_are_a_fixed_point()
    {
        var pod = Pod.Create(Container(""" "image":"x","livenessProbe":{"grpc":{"port":1}},"resources":{"limits":{"cpu":"0.5"}} """));
        Assert.Equal(7, pod.Revision);
        var again = Pod.Patched(pod, "{}");
        Assert.True(JsonNode.DeepEquals(pod.ToJsonObject(), again));
    }

    private static string Container(string members) => $$$$"""{"spec":{"containers":[{"name":"a", {{{{members}}}}}]}}""";
}
