using System.Text.Json.Nodes;
using ControlPlane.Admission.Images;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;
using static Tests.Unit.Admission.Images.ImageWorld;

namespace Tests.Unit.Admission.Images;

/// <summary>Which writes image policies refuse, warn of and mark.</summary>
public sealed class ImagePolicyAdmissionTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Team = """{ "images": ["registry.example.com/team/*"] }""";
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Deployments = new("apps", "deployments");
    private readonly ImageWorld _world = new();

    [Fact]
    public async Task Without_a_policy_every_image_may_be_used() => Assert.Null(Made(await _world.PodOf("Not An Image")));

    [Fact]
    public async Task Image_that_no_rule_names_is_refused_with_what_may_be_used()
    {
        _world.Policy("team", "Enforce", Team);
        Made(await _world.PodOf("registry.example.com/team/app:v1"));
        var refusal = Refused(await _world.Pod("web", """{ "containers": [ { "name": "c", "image": "nginx" } ] }"""));
        Assert.Equal((403, "Forbidden", "web", "pods"), (refusal.Code, refusal.Reason, refusal.Name, refusal.Kind));
        Assert.Equal(
            """pods "web" is forbidden: spec.containers[0].image "nginx": no rule of ImagePolicy "team" names docker.io/library/nginx: use an image of registry.example.com/team/*, or have a rule added""",
            refusal.Message);
        Assert.Equal("spec.containers[0].image", Assert.Single(refusal.Causes).Field);
    }

    [Fact]
    public async Task Images_of_every_sort_of_container_and_of_volumes_are_looked_at()
    {
        _world.Policy("team", "Enforce", Team);
        var refusal = Refused(await _world.Pod("web", """
            { "initContainers": [ { "name": "a", "image": "i1" } ], "containers": [ { "name": "b", "image": "registry.example.com/team/app" }, { "name": "c", "image": "i2" } ],
              "volumes": [ { "name": "v", "image": { "reference": "i3" } } ] }
            """));
        Assert.Equal(["spec.initContainers[0].image", "spec.containers[1].image", "spec.volumes[0].image.reference"], refusal.Causes.Select(cause => cause.Field));
        var uses = ImageUse.Of(JsonNode.Parse("""{ "ephemeralContainers": [ { "name": "debug", "image": "i4" } ] }""")!.AsObject(), ControlPlane.Objects.Validation.FieldPath.Of("spec"));
        Assert.Equal("spec.ephemeralContainers[0].image", Assert.Single(uses).Field);
    }

    [Fact]
    public async Task Of_very_many_images_and_very_long_ones_the_first_are_told()
    {
        _world.Policy("team", "Enforce", Team);
        var containers = string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""{ "name": "c{{i}}", "image": "{{new string('x', 1000)}}" }"""));
        var refusal = Refused(await _world.Pod("web", $$"""{ "containers": [ {{containers}} ] }"""));
        Assert.Equal(10, refusal.Causes.Length);
        Assert.EndsWith("; and 20 more images", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(refusal.Message.Length, 1, 10_000);
    }

    [Theory]
    [InlineData("evil.com/registry.example.com/team/app")]
    [InlineData("registry.example.com/team/app/more")]
    [InlineData("registry.example.com:5000/team/app")]
    [InlineData("registry.example.com.evil.com/team/app")]
    [InlineData("team/app")]
    [InlineData("registry.example.com:5000")]
    public async Task Image_that_only_looks_like_a_named_one_is_refused(string image)
    {
        _world.Policy("team", "Enforce", Team);
        Assert.Contains("no rule of ImagePolicy \"team\" names", Refused(await _world.PodOf(image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Registry.Example.com/team/app", "names its registry in another way than rules do: write registry.example.com/team/app")]
    [InlineData("registry.example.com:443/team/app", "names its registry in another way than rules do: write registry.example.com/team/app")]
    [InlineData("registry.example.com:0443/team/app", "names its registry in another way than rules do: write registry.example.com/team/app")]
    [InlineData("registry.example.com:05000/team/app", "names its registry in another way than rules do: write registry.example.com:5000/team/app")]
    [InlineData("[2001:DB8::1]/team/app", "names its registry in another way than rules do: write [2001:db8::1]/team/app")]
    [InlineData("cafe", "may be the id of an image that lies on a node, of which no policy can tell what it is: write docker.io/library/cafe:TAG in full")]
    [InlineData($"sha256:{Hex}", "may be the id of an image that lies on a node")]
    [InlineData("registry.example.com/Team/app", "a repository must be in lower case")]
    [InlineData("registry.example.com/team/app@sha256:01", "after the @ there must be a digest")]
    [InlineData("https://registry.example.com/team/app", "the part before the first '/' is no host")]
    public async Task Name_that_could_mean_something_else_is_refused_whatever_is_allowed(string image, string why)
    {
        _world.Policy("all", "Enforce", """{ "images": ["*"] }""");
        Assert.Contains($"spec.containers[0].image \"{image}\": {why}", Refused(await _world.PodOf(image)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docker.io/library/cafe:v1")]
    [InlineData("cafe:v1")]
    [InlineData("team/cafe")]
    [InlineData("localhost:5000")]
    public async Task Name_that_can_mean_one_thing_only_is_not(string image)
    {
        _world.Policy("all", "Enforce", """{ "images": ["*"] }""");
        Made(await _world.PodOf(image));
    }

    [Fact]
    public async Task Digest_is_asked_for_with_a_way_to_get_it()
    {
        _world.Policy("team", "Enforce", """{ "images": ["docker.io/**"], "requireDigest": true }""");
        Assert.Contains(
            """ImagePolicy "team" (spec.rules[0]: docker.io/**) requires a digest: write docker.io/library/nginx@sha256:…, with what "docker buildx imagetools inspect docker.io/library/nginx:1.27" or "crane digest docker.io/library/nginx:1.27" prints""",
            Refused(await _world.PodOf("nginx:1.27")).Message, StringComparison.Ordinal);
        Made(await _world.PodOf($"nginx:1.27@sha256:{Hex}"));
    }

    [Fact]
    public async Task Of_one_policy_the_first_rule_counts_and_of_several_all()
    {
        _world.Policy("one", "Enforce", """{ "images": ["docker.io/library/nginx"] }""", """{ "images": ["docker.io/**"], "requireDigest": true }""");
        Made(await _world.PodOf("nginx"));
        Assert.Contains("(spec.rules[1]: docker.io/**) requires a digest", Refused(await _world.PodOf("redis")).Message, StringComparison.Ordinal);

        // What one says nothing of, another may allow; what one forbids, no other does.
        _world.Policy("two", "Enforce", Team, """{ "images": ["docker.io/library/nginx"], "requireDigest": true }""");
        Made(await _world.PodOf("registry.example.com/team/app"));
        Assert.Contains("ImagePolicy \"two\" (spec.rules[1]: docker.io/library/nginx) requires a digest", Refused(await _world.PodOf("nginx")).Message, StringComparison.Ordinal);
        Assert.Contains("no rule of ImagePolicies \"one\", \"two\" names quay.io/app", Refused(await _world.PodOf("quay.io/app")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_that_warn_and_audit_tell_what_enforcing_them_would_bring()
    {
        _world.Policy("a", "Enforce", """{ "images": ["docker.io/**"] }""").Policy("b", "Warn", """{ "images": ["docker.io/library/*"], "requireDigest": true }""").Policy("c", "Audit", """{ "images": ["registry.example.com/**"] }""", """{ "images": ["docker.io/library/redis"], "requireDigest": true }""");
        var notes = Made(await _world.PodOf("nginx"))!;
        Assert.StartsWith("would violate an image policy: spec.containers[0].image \"nginx\": ImagePolicy \"b\" (spec.rules[0]: docker.io/library/*) requires a digest", Assert.Single(notes.Warnings), StringComparison.Ordinal);
        Assert.Empty(notes.Annotations);
        notes = Made(await _world.PodOf("redis"))!;
        Assert.Contains("ImagePolicy \"b\"", Assert.Single(notes.Warnings), StringComparison.Ordinal);
        Assert.StartsWith("spec.containers[0].image \"redis\": ImagePolicy \"c\" (spec.rules[1]: docker.io/library/redis) requires a digest", notes.Annotations["policy.actors.dev/image-violations"], StringComparison.Ordinal);

        // What an enforced one allows, the others need not name; and what only they name is allowed by nobody.
        Assert.Null(Made(await _world.PodOf("team/app")));
        Assert.Contains("no rule of ImagePolicy \"a\" names registry.example.com/app", Refused(await _world.PodOf("registry.example.com/app")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Warn", 1, 0)]
    [InlineData("Audit", 0, 1)]
    public async Task Policy_that_is_not_enforced_refuses_nothing(string enforcement, int warnings, int annotations)
    {
        _world.Policy("team", enforcement, Team);
        foreach (var image in (string[])["nginx", "Nginx", "cafe"])
        {
            var notes = Made(await _world.PodOf(image))!;
            Assert.Equal((warnings, annotations), (notes.Warnings.Length, notes.Annotations.Count));
        }
        Assert.Null(Made(await _world.PodOf("registry.example.com/team/app")));
    }

    [Fact]
    public async Task Template_is_warned_of_and_what_a_controller_makes_of_it_is_not()
    {
        _world.Policy("team", "Enforce", Team).Policy("trial", "Warn", """{ "images": ["registry.example.com/**"], "requireDigest": true }""");
        Assert.Equal(
            "pods of this template would be refused: spec.template.spec.containers[0].image \"nginx\": no rule of ImagePolicy \"team\" names docker.io/library/nginx: use an image of registry.example.com/team/*, or have a rule added",
            Assert.Single(Made(await _world.Create(Deployments, "web", Workload("nginx")))!.Warnings));
        Assert.StartsWith("would violate an image policy: spec.template.spec.containers[0].image \"registry.example.com/team/app\": ImagePolicy \"trial\"", Assert.Single(Made(await _world.Create(Deployments, "app", Workload("registry.example.com/team/app")))!.Warnings), StringComparison.Ordinal);
        var job = $$"""{ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {}, "spec": { "schedule": "* * * * *", "jobTemplate": { "spec": { "template": { "spec": { "restartPolicy": "Never", "containers": [ { "name": "c", "image": "nginx" } ] } } } } } }""";
        Assert.Contains("spec.jobTemplate.spec.template.spec.containers[0].image", Assert.Single(Made(await _world.Create(new("batch", "cronjobs"), "nightly", job))!.Warnings), StringComparison.Ordinal);
        var owned = Workload("nginx").Replace("\"kind\": \"Deployment\", \"metadata\": {}", """ "kind": "ReplicaSet", "metadata": { "ownerReferences": [ { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u", "controller": true } ] }""", StringComparison.Ordinal);
        Assert.Null(Made(await _world.Create(new("apps", "replicasets"), "web-1", owned)));
    }

    [Fact]
    public async Task Only_images_that_a_write_brings_are_looked_at()
    {
        const string Old = """{ "apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": { "containers": [ { "name": "a", "image": "nginx" }, { "name": "b", "image": "redis" } ] } }""";
        _world.Put(Pods, "old", Old);
        _world.Put(Deployments, "old", Workload("nginx"));
        _world.Policy("team", "Enforce", Team);
        Made(await _world.Patch(Pods, "old", """{ "metadata": { "labels": { "a": "b" } } }"""));
        Made(await _world.Patch(Pods, "old", """{ "status": { "phase": "Running" } }""", "status"));
        Assert.Null(Made(await _world.Patch(Deployments, "old", """{ "spec": { "replicas": 5 } }""")));
        var refusal = Refused(await _world.Patch(Pods, "old", """{ "spec": { "containers": [ { "name": "a", "image": "redis" }, { "name": "b", "image": "redis" } ] } }"""));
        Assert.Equal("spec.containers[0].image", Assert.Single(refusal.Causes).Field);
        Made(await _world.Patch(Pods, "old", """{ "spec": { "containers": [ { "name": "a", "image": "registry.example.com/team/app" }, { "name": "b", "image": "redis" } ] } }"""));
        Assert.Single(Made(await _world.Patch(Deployments, "old", """{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "redis" } ] } } } }"""))!.Warnings);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("ephemeralcontainers", true)]
    [InlineData("status", false)]
    [InlineData("binding", false)]
    [InlineData("eviction", false)]
    public async Task Every_write_of_a_pod_that_can_bring_images_is_looked_at(string subresource, bool applies)
    {
        _world.Put(Pods, "old", """{ "apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": { "containers": [ { "name": "a", "image": "nginx" } ] } }""");
        var state = _world.Store.Cache.Get(new("", "pods", Namespace, "old"))!;
        var changed = state.ToJsonObject();
        changed.Child("spec")!["ephemeralContainers"] = new JsonArray(new JsonObject { ["name"] = "debug", ["image"] = "redis" });
        var write = new PendingWrite(TestCatalogue.Default.FindStored(Pods)!, state, new PatchObject(state.Key, FieldPatch.Annotations(), subresource, new("alice", "kubectl", [])), WriteOperation.Update, changed, _world.Store.Now) { Subresource = subresource, Verb = "patch" };
        var step = new ImagePolicyAdmission(_world.Store.Cache, _world);
        Assert.False(step.AppliesTo(write));
        _world.Policy("team", "Enforce", Team);
        Assert.Equal(applies, step.AppliesTo(write));
        if (applies) Assert.Equal("spec.ephemeralContainers[0].image", Assert.Single((await step.Admit(write, CancellationToken.None)).Rejection!.Causes).Field);
    }

    [Fact]
    public async Task Policy_counts_as_it_is_now()
    {
        _world.Policy("team", "Enforce", Team);
        Refused(await _world.PodOf("nginx"));
        Made(await _world.Patch(ImagePolicy.Resource, "team", """{ "spec": { "rules": [ { "images": ["docker.io/**"] } ] } }"""));
        Made(await _world.PodOf("nginx"));
        Refused(await _world.PodOf("registry.example.com/team/app"));
    }

    [Fact]
    public async Task Signature_is_asked_for_once_an_image_and_only_of_a_digest()
    {
        _world.Policy("signed", "Enforce", $$"""{ "images": ["registry.example.com/**"]{{Signed}} }""", """{ "images": ["*"] }""");
        var refusal = Refused(await _world.PodOf("registry.example.com/app:v1")).Message;
        Assert.Contains("requires a signature by key \"ci\", which is of a digest and not of a tag: write registry.example.com/app@sha256:…", refusal, StringComparison.Ordinal);
        Made(await _world.PodOf("nginx"));
        Assert.Empty(_world.Asked);

        var image = $"registry.example.com/app@sha256:{Hex}";
        Made(await _world.Pod("two", $$"""{ "containers": [ { "name": "a", "image": "{{image}}" }, { "name": "b", "image": "{{image.Replace("app@", "app:v1@", StringComparison.Ordinal)}}" } ] }"""));
        Assert.Equal(($"sha256:{Hex}", Namespace, "ci"), Assert.Single(_world.Asked) is var asked ? (asked.Image.Digest, asked.Namespace, asked.Demand.Keys.Single().Name) : default);

        _world.Registry = async _ =>
        {
            await Task.Yield();
            return "there is none";
        };
        Assert.Equal(
            $"pods \"bad\" is forbidden: spec.containers[0].image \"{image}\": ImagePolicy \"signed\" (spec.rules[0]: registry.example.com/**) requires a signature by key \"ci\": there is none",
            Refused(await _world.Pod("bad", $$"""{ "containers": [ { "name": "a", "image": "{{image}}" } ] }""", dryRun: true)).Message);

        // What is refused anyway is not asked about.
        var before = _world.Asked.Count;
        Refused(await _world.Pod("worse", $$"""{ "containers": [ { "name": "a", "image": "{{image}}" }, { "name": "b", "image": "Nginx" } ] }"""));
        Assert.Equal(before, _world.Asked.Count);
    }

    [Theory]
    [InlineData("""{ "imagePullSecrets": [ { "name": "none" }, { "name": "pull" } ], "containers": [ { "name": "a", "image": "IMAGE" } ] }""", "me")]
    [InlineData("""{ "containers": [ { "name": "a", "image": "IMAGE" } ] }""", "account")]
    [InlineData("""{ "serviceAccountName": "other", "containers": [ { "name": "a", "image": "IMAGE" } ] }""", null)]
    public async Task Registry_is_asked_with_the_pull_secrets_of_the_pod(string spec, string? user)
    {
        _world.Policy("signed", "Enforce", $$"""{ "images": ["registry.example.com/**"]{{Signed}} }""");
        _world.Put(new("", "secrets"), "pull", Secret("me"));
        _world.Put(new("", "secrets"), "of-account", Secret("account"));
        _world.Put(new("", "serviceaccounts"), "default", """{ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {}, "imagePullSecrets": [ { "name": "of-account" } ] }""");
        Made(await _world.Pod("p", spec.Replace("IMAGE", $"registry.example.com/app@sha256:{Hex}", StringComparison.Ordinal)));
        Assert.Equal(user, Assert.Single(_world.Asked).Credentials?.User);
    }

    private static string Secret(string user)
    {
        var config = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($$"""{ "auths": { "registry.example.com": { "username": "{{user}}", "password": "p" } } }"""));
        return $$"""{ "apiVersion": "v1", "kind": "Secret", "metadata": {}, "type": "kubernetes.io/dockerconfigjson", "data": { ".dockerconfigjson": "{{config}}" } }""";
    }

    private static string Workload(string image) =>
        $$"""{ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}, "spec": { "selector": { "matchLabels": { "a": "b" } }, "template": { "metadata": { "labels": { "a": "b" } }, "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }""";
}
