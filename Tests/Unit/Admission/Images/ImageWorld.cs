using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlPlane.Admission.Images;
using ControlPlane.Admission.Images.Signatures;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Admission.Images;

/// <summary>A namespace with image policies, whose registries are a function.</summary>
internal sealed class ImageWorld : IImageSignatures
{
    public const string Namespace = "shop";
    private static readonly Requester User = new("alice", "kubectl", ["devs"]);
    private static readonly Lazy<string> Key = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return JsonValue.Create(key.ExportSubjectPublicKeyInfoPem()).ToJsonString();
    });

    private readonly ConcurrentQueue<SignatureQuestion> _asked = new();
    private readonly AdmissionChain _chain;

    public ImageWorld() => _chain = new(new ImagePolicyAdmission(Store.Cache, this));

    public ObjectStore Store { get; } = new();

    /// <summary>What was asked of registries.</summary>
    public IReadOnlyCollection<SignatureQuestion> Asked => _asked;

    /// <summary>Why an image is not signed; null: it is.</summary>
    public Func<SignatureQuestion, ValueTask<string?>> Registry { get; set; } = _ => default;

    /// <summary>The rest of a rule that asks for a signature.</summary>
    public static string Signed => $$""", "signatures": { "keys": [ { "name": "ci", "publicKey": {{Key.Value}} } ] }""";

    /// <summary>Makes a policy of these rules.</summary>
    public ImageWorld Policy(string name, string enforcement, params string[] rules)
    {
        Made(Store.Do(new CreateObject(new("policy.actors.dev", "imagepolicies", Namespace, name), Json($$"""{ "apiVersion": "policy.actors.dev/v1", "kind": "ImagePolicy", "metadata": {}, "spec": { "enforcement": "{{enforcement}}", "rules": [ {{string.Join(',', rules)}} ] } }"""), User)));
        return this;
    }

    /// <summary>Creates a pod with a spec.</summary>
    public Task<ObjectResult> Pod(string name, string spec, bool dryRun = false) =>
        Store.Send(new CreateObject(new("", "pods", Namespace, name), Json($$"""{ "apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {{spec}} }"""), User) { DryRun = dryRun }, _chain);

    /// <summary>Creates a pod of one container.</summary>
    public Task<ObjectResult> PodOf(string image) => Pod($"p{_asked.Count}-{Guid.NewGuid():N}", $$"""{ "containers": [ { "name": "c", "image": "{{image}}" } ] }""");

    /// <summary>Creates any object.</summary>
    public Task<ObjectResult> Create(GroupResource resource, string name, string json) => Store.Send(new CreateObject(new(resource.Group, resource.Resource, Namespace, name), Json(json), User), _chain);

    /// <summary>Changes an object.</summary>
    public Task<ObjectResult> Patch(GroupResource resource, string name, string patch, string subresource = "") =>
        Store.Send(new PatchObject(new(resource.Group, resource.Resource, Namespace, name), new FieldPatch(JsonNode.Parse(patch)!.AsObject()), subresource, User), _chain);

    /// <summary>Puts an object there without asking anybody.</summary>
    public void Put(GroupResource resource, string name, string json) => Made(Store.Do(new CreateObject(new(resource.Group, resource.Resource, Namespace, name), Json(json), User)));

    /// <summary>The notes of a write that was accepted.</summary>
    public static WriteNotes? Made(ObjectResult result) => result switch
    {
        ObjectAccepted accepted => accepted.Notes,
        ObjectRejected rejected => throw new Xunit.Sdk.XunitException(rejected.Status.Message),
        _ => throw new Xunit.Sdk.XunitException($"{result}"),
    };

    /// <summary>The refusal of a write.</summary>
    public static ApiStatus Refused(ObjectResult result) => Assert.IsType<ObjectRejected>(result).Status;

    ValueTask<string?> IImageSignatures.Fault(SignatureQuestion question, CancellationToken stop)
    {
        _asked.Enqueue(question);
        return Registry(question);
    }

    private static JsonBytes Json(string text) => JsonNode.Parse(text)!.AsObject();
}
