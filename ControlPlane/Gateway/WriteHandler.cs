using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Audit;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>POST, PUT and PATCH of objects and of their status. A rejection is returned; null means the answer was written.</summary>
public sealed class WriteHandler(ObjectClient objects, Responses responses, IAuthorizer authorizer)
{
    private const int NameAttempts = 8;

    /// <summary>Creates an object under its own or a generated name.</summary>
    public async Task<ApiStatus?> Create(GatewayRequest request)
    {
        var (body, refusal) = await Decode(request, request.Kind);
        if (refusal is not null) return refusal;
        var metadata = body!.Metadata();
        if (CheckNamespace(request, metadata) is { } wrongNamespace) return wrongNamespace;
        var prefix = metadata.Text("generateName");
        var name = metadata.Text("name");
        var generated = name.Length == 0 && prefix.Length > 0;
        JsonBytes created = (await request.Kind.ToStorage([body!]))[0];
        for (var attempt = 1; ; attempt++)
        {
            if (generated) name = GeneratedName.From(prefix);
            var result = await objects.Send(new CreateObject(request.Key(name), created, request.Requester()) { DryRun = request.DryRun });
            if (result is ObjectAccepted accepted)
            {
                request.Tell(accepted.Notes);
                await responses.Object(request, accepted.Object, 201);
                return null;
            }
            var status = ((ObjectRejected)result).Status;
            if (generated && status.Reason == "AlreadyExists" && attempt < NameAttempts) continue;
            request.Tell(result.Notes);
            return status;
        }
    }

    /// <summary>Replaces an object or its status.</summary>
    public async Task<ApiStatus?> Update(GatewayRequest request)
    {
        var (body, refusal) = await Decode(request, request.Kind);
        if (refusal is not null) return refusal;
        var metadata = body!.Metadata();
        if (CheckNamespace(request, metadata) is { } wrongNamespace) return wrongNamespace;
        if (metadata.Text("name") is var name && name != request.Info.Name)
        {
            return ApiStatus.BadRequest(name.Length == 0
                ? "name must be provided"
                : $"the name of the object ({name}) does not match the name on the URL ({request.Info.Name})");
        }
        if (Versions(metadata, out var preconditions) is { } invalid) return invalid;
        JsonBytes updated = (await request.Kind.ToStorage([body!]))[0];
        var command = new UpdateObject(request.Key(), updated, request.Info.Subresource, request.Requester()) { DryRun = request.DryRun, Preconditions = preconditions };
        return await Answer(request, await objects.Send(command));
    }

    /// <summary>Changes an object or its status by a patch, which the object's actor computes.</summary>
    public async Task<ApiStatus?> Patch(GatewayRequest request)
    {
        if (ApplyBody.IsMeant(request)) return await Apply(request);
        var (patch, refusal) = await ReadPatch(request);
        if (refusal is not null) return refusal;
        var kind = request.Kind;
        var command = new PatchObject(request.Key(), patch!, request.Info.Subresource, request.Requester())
        {
            DryRun = request.DryRun,
            Version = kind.Conversion is null ? null : new(kind.Group, kind.Version, kind.Kind),
        };
        return await Answer(request, await objects.Send(command));
    }

    private async Task<ApiStatus?> Apply(GatewayRequest request)
    {
        var (body, refusal) = await ApplyBody.Read(request, request.Kind);
        if (refusal is not null) return refusal;
        if (CheckNamespace(request, body!.Metadata()) is { } wrongNamespace) return wrongNamespace;

        // Where there is no object yet this is a create, for which there must be a right, too.
        var creates = request.Info with { Verb = "create" };
        JsonBytes config = (await request.Kind.ToStorage([body!]))[0];
        var command = new ApplyObject(request.Key(), config, request.Info.Subresource, request.Requester())
        {
            DryRun = request.DryRun,
            Force = ApplyBody.Force(request),
            NoCreation = authorizer.Judge(request.User, creates).Allowed ? null : AccessRefusal.Of(request.User, creates),
        };
        var result = await objects.Send(command);
        return await Answer(request, result, result is ObjectAccepted { Object: var made } && made.Uid == command.Uid ? 201 : 200);
    }

    /// <summary>A request's patch by its content type: 415 for one that is not known. Whether its body can be read is found out where it is carried out.</summary>
    public static async Task<(ClientPatch? Patch, ApiStatus? Refusal)> ReadPatch(GatewayRequest request)
    {
        var mediaType = (request.Http.Request.ContentType ?? "").Split(';')[0].Trim();
        if (!ClientPatch.TryFormat(mediaType, out var format, out var refusal)) return (null, refusal);
        if (request.Query["force"].Count > 0) return (null, ApplyBody.Invalid(errors => errors.Forbidden("force", "may not be specified for non-apply patch")));
        if (format is PatchFormat.StrategicMerge && request.Kind.Definition.Length > 0) return (null, ClientPatch.NotStrategic);
        if (!Validation(request, out var mode, out refusal)) return (null, refusal);
        var (bytes, tooLarge) = await request.ReadBody();
        if (tooLarge is not null) return (null, tooLarge);
        AuditRecord.Of(request.Http)?.Sent(bytes);
        return (new(format, new(bytes.ToArray()), mode), null);
    }

    /// <summary>The decoded body of a request, with the decoder's warnings passed on as headers.</summary>
    public static async Task<(JsonObject? Body, ApiStatus? Refusal)> Decode(GatewayRequest request, KindDefinition kind)
    {
        var (bytes, tooLarge) = await request.ReadBody();
        if (tooLarge is not null) return (null, tooLarge);
        if (!Validation(request, out var mode, out var refusal)) return (null, refusal);
        var decoded = ObjectDecoder.Decode(bytes, request.Http.Request.ContentType ?? "application/json", kind, mode);
        WarningHeaders.Add(request.Http.Response, decoded.Warnings);
        AuditRecord.Of(request.Http)?.Sent(decoded.Object);
        return (decoded.Object, decoded.Rejection);
    }

    /// <summary>Reads the fieldValidation query parameter; 400 for a value there is not.</summary>
    public static bool Validation(GatewayRequest request, out FieldValidation mode, [NotNullWhen(false)] out ApiStatus? refusal)
    {
        var text = request.Query["fieldValidation"].ToString();
        refusal = FieldValidations.TryParse(text, out mode)
            ? null
            : ApiStatus.BadRequest($"fieldValidation: Unsupported value: \"{text}\": supported values: \"Ignore\", \"Strict\", \"Warn\"");
        return refusal is null;
    }

    private async Task<ApiStatus?> Answer(GatewayRequest request, ObjectResult result, int code = 200)
    {
        request.Tell(result.Notes);
        if (result is not ObjectAccepted accepted) return ((ObjectRejected)result).Status;
        await responses.Object(request, accepted.Object, code);
        return null;
    }

    private static ApiStatus? CheckNamespace(GatewayRequest request, JsonObject metadata)
    {
        if (!request.Kind.Namespaced) return null;
        var ns = request.Info.Namespace;
        if (ns.Length == 0) return ApiStatus.MethodNotAllowed("the server does not allow this method on the requested resource");
        var given = metadata.Text("namespace");
        return given.Length == 0 || given == ns
            ? null
            : ApiStatus.BadRequest($"the namespace of the provided object does not match the namespace sent on the request ({given} does not match {ns})");
    }

    private static ApiStatus? Versions(JsonObject metadata, out Preconditions preconditions)
    {
        preconditions = new();
        var uid = metadata.Text("uid");
        var version = metadata.Text("resourceVersion");
        long? revision = null;
        if (version.Length > 0)
        {
            if (!long.TryParse(version, out var parsed)) return ApiStatus.BadRequest($"metadata.resourceVersion: Invalid value: \"{version}\": must be a number");
            revision = parsed;
        }
        preconditions = new(uid.Length > 0 ? uid : null, revision);
        return null;
    }
}
