using System.Text.Json.Nodes;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>The <c>scale</c> subresource: autoscaling/v1 Scale as a view of <c>spec.replicas</c>.</summary>
public sealed class ScaleHandler(WatchCache cache, ObjectClient objects)
{
    /// <summary>Reads or changes the scale. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Handle(GatewayRequest request, KindDefinition scale)
    {
        var key = request.Key();
        if (cache.Get(key) is not { } current) return ApiStatus.NotFound(key);
        JsonObject wanted;
        switch (request.Info.Verb)
        {
            case "get":
                await Responses.Bytes(request.Http, ObjectJson.ToUtf8(View(current)));
                return null;
            case "update":
                var (body, refusal) = await WriteHandler.Decode(request, scale);
                if (refusal is not null) return refusal;
                wanted = body!;
                break;
            case "patch":
                var (bytes, tooLarge) = await request.ReadBody();
                if (tooLarge is not null) return tooLarge;
                if (!CheckedPatch.TryRead(request, scale, bytes, out var patch, out var unreadable)) return unreadable;
                var outcome = patch.Apply(View(current), scale);
                if (outcome.Rejection is { } rejection) return rejection;
                wanted = outcome.Object!;
                break;
            default:
                return ApiStatus.MethodNotAllowed($"{request.Info.Verb} is not supported on the scale subresource");
        }
        var replicas = (wanted["spec"] as JsonObject).Number("replicas") ?? 0;
        if (replicas < 0)
        {
            return ApiStatus.Invalid("autoscaling", "Scale", key.Name, [new("FieldValueInvalid", $"Invalid value: {replicas}: must be greater than or equal to 0", "spec.replicas")]);
        }
        var version = wanted.Metadata().Text("resourceVersion");
        var change = new DelegatePatch(tree =>
        {
            if (tree["spec"] is JsonObject spec) spec["replicas"] = replicas;
            return tree;
        });
        var result = await objects.Send(new PatchObject(key, change, "", request.Requester())
        {
            DryRun = request.DryRun,
            Preconditions = new(null, request.Info.Verb == "update" && long.TryParse(version, out var revision) ? revision : null),
        });
        if (result is not ObjectAccepted accepted) return ((ObjectRejected)result).Status;
        await Responses.Bytes(request.Http, ObjectJson.ToUtf8(View(accepted.Object)));
        return null;
    }

    private static JsonObject View(StoredObject stored)
    {
        var tree = stored.ToJsonObject();
        var metadata = tree.Metadata();
        var kept = new JsonObject();
        foreach (var member in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (metadata[member] is { } value) kept[member] = value.DeepClone();
        }
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = kept,
            ["spec"] = new JsonObject { ["replicas"] = (tree["spec"] as JsonObject).Number("replicas") ?? 0 },
            ["status"] = new JsonObject
            {
                ["replicas"] = (tree["status"] as JsonObject).Number("replicas") ?? 0,
                ["selector"] = LabelSelector.From(tree["spec"]?["selector"]).ToString(),
            },
        };
    }
}
