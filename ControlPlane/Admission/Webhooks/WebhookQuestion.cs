using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Access;
using ControlPlane.Expressions;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>
/// A write as a webhook is asked about it: as of one version of its kind, and, with a subresource that has an object of its own (scale, binding, eviction), of that.
/// </summary>
internal sealed class WebhookQuestion
{
    /// <summary>What is said to whoever changes what <see cref="MayChange"/> does not let him.</summary>
    public const string NoChange = "attempted to modify the object, which is not supported for this operation";

    private static readonly JsonWriterOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly PendingWrite _write;
    private readonly KindDefinition _spoken;
    private byte[]? _object;
    private byte[]? _old;

    private WebhookQuestion(PendingWrite write, KindDefinition @as, KindDefinition spoken, JsonObject? @object, JsonObject? old)
    {
        (_write, _spoken) = (write, spoken);
        (As, Object, OldObject) = (@as, @object, old);
    }

    /// <summary>Who writes.</summary>
    public UserInfo User => UserInfo.Of(_write.Command.By);

    /// <summary>The version that the write was made by.</summary>
    public KindDefinition Spoken => _spoken;

    /// <summary>The version it is asked as of.</summary>
    public KindDefinition As { get; }

    /// <summary>The object as it will be; null where there will be none.</summary>
    public JsonObject? Object { get; }

    /// <summary>The object as it is; null where there is none, or where something is made below it.</summary>
    public JsonObject? OldObject { get; }

    /// <summary>Whether an answer may change the object: what asks for a binding or an eviction is no object that could be stored.</summary>
    public bool MayChange => Object is not null && _write.Subresource is not ("binding" or "eviction");

    /// <summary>Makes the question.</summary>
    /// <param name="write">The write.</param>
    /// <param name="as">The version of its kind that the webhook's rules mean.</param>
    /// <param name="spoken">The version that the write was made by.</param>
    /// <param name="shared">Whether who asks reads the objects and is done before the write goes on: they need no copies then.</param>
    public static async ValueTask<WebhookQuestion> Of(PendingWrite write, KindDefinition @as, KindDefinition spoken, bool shared = false)
    {
        var made = write is { Operation: WriteOperation.Create, Subresource.Length: > 0 };
        var after = write.Operation is WriteOperation.Delete ? null : made ? SubresourceBody.Of(write) : await Shown(write.Object, write, @as, shared);
        return new(write, @as, spoken, after, made || write.Current is null ? null : await Shown(write.Current, write, @as, shared));
    }

    /// <summary>What is asked of <c>authorizer.requestResource</c>.</summary>
    public CelAuthorizationCheck ResourceCheck() => CelAuthorizationCheck.Nothing with
    {
        Group = _spoken.Group,
        Resource = _spoken.Plural,
        Subresource = _write.Subresource,
        Namespace = _write.Kind is { Group: "", Plural: "namespaces" } ? _write.Command.Key.Name : _write.Command.Key.Namespace,
        Name = _write.Command.Key.Name,
    };

    /// <summary>The AdmissionReview.</summary>
    public byte[] Review(string uid)
    {
        _object ??= Object is null ? [] : ObjectJson.ToUtf8(Object);
        _old ??= OldObject is null ? [] : ObjectJson.ToUtf8(OldObject);
        var buffer = new ArrayBufferWriter<byte>(1024 + _object.Length + _old.Length);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "AdmissionReview");
            writer.WriteString("apiVersion", WebhookAnswer.Version);
            writer.WriteStartObject("request");
            writer.WriteString("uid", uid);
            foreach (var (member, value) in Request())
            {
                writer.WritePropertyName(member);
                if (value is null) writer.WriteNullValue();
                else value.WriteTo(writer);
            }
            WriteRaw(writer, "object", _object);
            WriteRaw(writer, "oldObject", _old);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>All of the request but its uid and the objects.</summary>
    public JsonObject Request()
    {
        var (key, isNamespace) = (_write.Command.Key, _write.Kind is { Group: "", Plural: "namespaces" });
        var request = new JsonObject { ["kind"] = KindOf(As), ["resource"] = Resource(As) };
        if (_write.Subresource.Length > 0) request["subResource"] = _write.Subresource;
        (request["requestKind"], request["requestResource"]) = (KindOf(_spoken), Resource(_spoken));
        if (_write.Subresource.Length > 0) request["requestSubResource"] = _write.Subresource;
        request["name"] = key.Name;
        if (isNamespace || key.Namespace.Length > 0) request["namespace"] = isNamespace ? key.Name : key.Namespace;
        request["operation"] = WebhookRule.Word(_write.Operation);
        request["userInfo"] = User.ToJson();
        request["dryRun"] = _write.Command.DryRun;
        request["options"] = WriteOptions.Of(_write);
        return request;
    }

    private static async ValueTask<JsonObject> Shown(JsonObject tree, PendingWrite write, KindDefinition @as, bool shared)
    {
        if (write.Subresource == "scale") return ScaleView.Of(tree, write.Kind);
        if (shared && @as.Conversion is null && tree.Text("apiVersion") == @as.GroupVersion && tree.Text("kind") == @as.Kind) return tree;
        var copy = (JsonObject)tree.DeepClone();
        if (@as.Conversion is not null) copy = (await @as.FromStorage([copy]))[0];
        (copy["apiVersion"], copy["kind"]) = (@as.GroupVersion, @as.Kind);
        return copy;
    }

    private JsonObject KindOf(KindDefinition kind) => SubresourceBody.KindOf(_write.Subresource) is var (group, version, name)
        ? new() { ["group"] = group, ["version"] = version, ["kind"] = name }
        : new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject Resource(KindDefinition kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["resource"] = kind.Plural };

    private static void WriteRaw(Utf8JsonWriter writer, string member, byte[] json)
    {
        writer.WritePropertyName(member);
        if (json.Length == 0) writer.WriteNullValue();
        else writer.WriteRawValue(json, skipInputValidation: true);
    }
}

/// <summary>The objects that requests for some subresources bring, made of what was asked for.</summary>
internal static class SubresourceBody
{
    /// <summary>The kind of such an object; null for a subresource that is written as its whole object is.</summary>
    public static (string Group, string Version, string Kind)? KindOf(string subresource) => subresource switch
    {
        "scale" => ("autoscaling", "v1", "Scale"),
        "binding" => ("", "v1", "Binding"),
        "eviction" => ("policy", "v1", "Eviction"),
        _ => null,
    };

    /// <summary>The object of a write that makes something below another object.</summary>
    public static JsonObject Of(PendingWrite write)
    {
        var body = new JsonObject();
        if (KindOf(write.Subresource) is var (group, version, kind)) (body["kind"], body["apiVersion"]) = (kind, group.Length == 0 ? version : $"{group}/{version}");
        body["metadata"] = new JsonObject { ["name"] = write.Command.Key.Name, ["namespace"] = write.Command.Key.Namespace };
        switch (write.Command)
        {
            case BindPod bind:
                body.Metadata()["uid"] = bind.Uid.Value;
                body["target"] = new JsonObject { ["kind"] = "Node", ["name"] = bind.Node.Value };
                break;
            case DeleteObject delete:
                body["deleteOptions"] = WriteOptions.OfDelete(delete);
                break;
        }
        return body;
    }
}

/// <summary>The options of a write, as an object of the kind that a client would have sent.</summary>
internal static class WriteOptions
{
    /// <summary>CreateOptions, UpdateOptions, PatchOptions or DeleteOptions.</summary>
    public static JsonObject Of(PendingWrite write)
    {
        var command = write.Command;
        if (command is DeleteObject { Subresource.Length: 0 } delete) return OfDelete(delete);
        var options = New(command switch { UpdateObject => "UpdateOptions", PatchObject or ApplyObject => "PatchOptions", _ => "CreateOptions" }, command);
        if (command.By.Manager.Length > 0) options["fieldManager"] = command.By.Manager;
        if (command is ApplyObject { Force: true }) options["force"] = true;
        return options;
    }

    /// <summary>DeleteOptions.</summary>
    public static JsonObject OfDelete(DeleteObject delete)
    {
        var options = New("DeleteOptions", delete);
        if (delete.GraceSeconds is { } grace) options["gracePeriodSeconds"] = grace;
        options["propagationPolicy"] = delete.Propagation.ToString();
        var preconditions = new JsonObject();
        if (delete.Preconditions.Uid is { } uid) preconditions["uid"] = uid;
        if (delete.Preconditions.ResourceVersion is { } version) preconditions["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (preconditions.Count > 0) options["preconditions"] = preconditions;
        return options;
    }

    private static JsonObject New(string kind, ObjectCommand command)
    {
        var options = new JsonObject { ["kind"] = kind, ["apiVersion"] = "meta.k8s.io/v1" };
        if (command.DryRun) options["dryRun"] = new JsonArray("All");
        return options;
    }
}
