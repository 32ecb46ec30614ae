using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>The <c>scale</c> subresource.</summary>
public sealed class ScaleHandler(WatchCache cache, ObjectClient objects)
{
    /// <summary>Reads or changes the scale. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Handle(GatewayRequest request, KindDefinition scale)
    {
        var key = request.Key();
        IObjectPatch change;
        long? version = null;
        switch (request.Info.Verb)
        {
            case "get":
                if (cache.Get(key) is not { } current) return ApiStatus.NotFound(key);
                await Answer(request, current);
                return null;
            case "update":
                var (body, refusal) = await WriteHandler.Decode(request, scale);
                if (refusal is not null) return refusal;
                change = new ReplaceScale(body.Number("spec", "replicas") ?? 0);
                if (long.TryParse(body!.Metadata().Text("resourceVersion"), out var named)) version = named;
                break;
            case "patch" when ApplyBody.IsMeant(request):
                return await Apply(request, scale);
            case "patch":
                var (patch, unreadable) = await WriteHandler.ReadPatch(request);
                if (unreadable is not null) return unreadable;
                change = new PatchScale(patch!);
                break;
            default:
                return ApiStatus.MethodNotAllowed($"{request.Info.Verb} is not supported on the scale subresource");
        }
        return await Answer(request, await objects.Send(new PatchObject(key, change, "scale", request.Requester()) { DryRun = request.DryRun, Preconditions = new(null, version) }));
    }

    /// <summary>To apply a scale is to apply the object's number of replicas.</summary>
    private async Task<ApiStatus?> Apply(GatewayRequest request, KindDefinition scale)
    {
        var (body, refusal) = await ApplyBody.Read(request, scale);
        if (refusal is not null) return refusal;
        var kind = request.StorageKind;
        var config = new JsonObject { ["apiVersion"] = kind.GroupVersion, ["kind"] = kind.Kind, ["metadata"] = body.Child("metadata").Pick("resourceVersion", "uid") };
        if (body.Number("spec", "replicas") is { } replicas)
        {
            if (replicas < 0) return new ReplaceScale(replicas).Apply(body!, scale).Rejection;
            ReplaceScale.Set(config, kind.Scale, replicas);
        }
        return await Answer(request, await objects.Send(new ApplyObject(request.Key(), config, "scale", request.Requester()) { DryRun = request.DryRun, Force = ApplyBody.Force(request) }));
    }

    private static async Task<ApiStatus?> Answer(GatewayRequest request, ObjectResult result)
    {
        request.Tell(result.Notes);
        if (result is not ObjectAccepted accepted) return ((ObjectRejected)result).Status;
        await Answer(request, accepted.Object);
        return null;
    }

    private static Task Answer(GatewayRequest request, StoredObject stored) => Responses.Bytes(request.Http, ObjectJson.ToUtf8(ScaleView.Of(stored.ToJsonObject(), request.StorageKind)));
}
