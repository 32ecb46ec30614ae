using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>The <c>binding</c> subresource of pods: how a scheduler other than the built-in one places a pod.</summary>
public sealed class BindingHandler(WatchCache cache, ObjectClient objects)
{
    /// <summary>Binds the pod to the target node. A rejection is returned; null means the answer was written.</summary>
    public async Task<ApiStatus?> Bind(GatewayRequest request, KindDefinition binding)
    {
        var (body, refusal) = await WriteHandler.Decode(request, binding);
        if (refusal is not null) return refusal;
        var key = request.Key();
        var node = body.Text("target", "name");
        if (node.Length == 0) return ApiStatus.Invalid("", "Binding", key.Name, [new("FieldValueRequired", "Required value", "target.name")]);
        if (cache.Get(key) is not { } pod) return ApiStatus.NotFound(key);
        var uid = body!.Metadata().Text("uid") is { Length: > 0 } asked ? asked : pod.Uid;
        var result = await objects.Send(new BindPod(key, new(uid), new(node), request.Requester()) { DryRun = request.DryRun });
        request.Tell(result.Notes);
        if (result is ObjectRejected rejected) return rejected.Status;
        await Responses.Bytes(request.Http, """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"""u8.ToArray(), code: 201);
        return null;
    }
}
