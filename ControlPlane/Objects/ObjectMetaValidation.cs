using System.Text.Json.Nodes;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Objects;

/// <summary>The rules of <c>metadata</c> that hold for every kind.</summary>
public static class ObjectMetaValidation
{
    /// <summary>The most bytes the keys and values of all annotations of an object may have together.</summary>
    public const int MaxAnnotationBytes = 256 * 1024;

    private static readonly FieldPath Metadata = FieldPath.Of("metadata");

    /// <summary>Adds every fault of the metadata of a new object.</summary>
    public static void Validate(JsonObject @object, KindDefinition kind, FieldErrors errors)
    {
        var metadata = @object.Metadata();
        Names(metadata, kind, errors);
        FieldRules.Labels(metadata.Child("labels"), Metadata.Child("labels"), errors);
        Annotations(metadata.Child("annotations"), errors);
        Owners(metadata.List("ownerReferences"), errors);
        Finalizers(metadata.List("finalizers"), errors);
    }

    /// <summary>Adds every fault of changed metadata, and every change that is not allowed.</summary>
    public static void ValidateUpdate(JsonObject updated, JsonObject current, KindDefinition kind, FieldErrors errors)
    {
        Validate(updated, kind, errors);
        var (now, before) = (updated.Metadata(), current.Metadata());
        foreach (var member in (ReadOnlySpan<string>)["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            FieldRules.Unchanged(now, before, member, Metadata, errors);
        }
        if (!before.Has("deletionTimestamp")) return;
        var added = now.Texts("finalizers").Except(before.Texts("finalizers")).ToArray();
        if (added.Length > 0)
        {
            errors.Forbidden(Metadata.Child("finalizers"),
                $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(name => $"\"{name}\""))}}}");
        }
    }

    /// <summary>Adds every fault of the metadata of a pod template: what an object made of it will be given.</summary>
    internal static void ValidateTemplate(JsonObject? metadata, FieldPath path, FieldErrors errors)
    {
        FieldRules.Labels(metadata.Child("labels"), path.Child("labels"), errors);
        Annotations(metadata.Child("annotations"), errors, path.Child("annotations"));
        Finalizers(metadata.List("finalizers"), errors, path.Child("finalizers"));
    }

    private static void Names(JsonObject metadata, KindDefinition kind, FieldErrors errors)
    {
        var name = metadata.Text("name");
        if (name.Length == 0) errors.Required(Metadata.Child("name"), "name or generateName is required");
        else if (NameSyntax.Fault(name, kind.Strategy.NameRule) is { } fault) errors.Invalid(Metadata.Child("name"), name, fault);
        var prefix = metadata.Text("generateName");
        // The dash before the generated part is not at the end of the name.
        if (prefix.Length > 0 && NameSyntax.Fault(prefix.EndsWith('-') ? $"{prefix[..^1]}a" : prefix, kind.Strategy.NameRule) is { } badPrefix)
        {
            errors.Invalid(Metadata.Child("generateName"), prefix, badPrefix);
        }
        if (!kind.Namespaced) return;
        var @namespace = metadata.Text("namespace");
        if (@namespace.Length == 0) errors.Required(Metadata.Child("namespace"));
        else if (NameSyntax.DnsLabel(@namespace) is { } badNamespace) errors.Invalid(Metadata.Child("namespace"), @namespace, badNamespace);
    }

    private static void Annotations(JsonObject? annotations, FieldErrors errors, FieldPath? at = null)
    {
        if (annotations is null) return;
        var path = at ?? Metadata.Child("annotations");
        long bytes = 0;
        foreach (var (key, node) in annotations)
        {
            // Case is free in annotations, even in the prefix.
            if ((LabelSyntax.QualifiedName(key) ?? "").Length > 0 && LabelSyntax.QualifiedName(key.ToLowerInvariant()) is { } fault) errors.Invalid(path, key, fault);
            if (node.TextOf() is not { } value)
            {
                errors.Invalid(path.Key(key), node, "must be a string");
                continue;
            }
            bytes += System.Text.Encoding.UTF8.GetByteCount(key) + System.Text.Encoding.UTF8.GetByteCount(value);
        }
        if (bytes > MaxAnnotationBytes) errors.TooLong(path, MaxAnnotationBytes);
    }

    private static void Owners(JsonArray? owners, FieldErrors errors)
    {
        if (owners is null) return;
        var path = Metadata.Child("ownerReferences");
        JsonObject? controller = null;
        for (var i = 0; i < owners.Count; i++)
        {
            if (owners[i] is not JsonObject owner) continue;
            if (owner.Text("apiVersion").Length == 0) errors.Invalid(path.Item(i).Child("apiVersion"), "", "version must not be empty");
            foreach (var member in (ReadOnlySpan<string>)["kind", "name", "uid"])
            {
                if (owner.Text(member).Length == 0) errors.Invalid(path.Item(i).Child(member), "", "must not be empty");
            }
            if (owner.Flag("controller") != true) continue;
            if (controller is null) controller = owner;
            else
            {
                errors.Invalid(path, owners, "Only one reference can have Controller set to true. Found \"true\" in references for "
                    + $"{controller.Text("kind")}/{controller.Text("name")} and {owner.Text("kind")}/{owner.Text("name")}");
            }
        }
    }

    private static void Finalizers(JsonArray? finalizers, FieldErrors errors, FieldPath? at = null)
    {
        if (finalizers is null) return;
        var path = at ?? Metadata.Child("finalizers");
        foreach (var node in finalizers)
        {
            var name = node.TextOf() ?? "";
            if (LabelSyntax.QualifiedName(name) is { } fault) errors.Invalid(path, name, fault);
            else if (!name.Contains('/') && name is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                errors.Invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
        if (finalizers.Any(node => node.TextOf() == "orphan") && finalizers.Any(node => node.TextOf() == "foregroundDeletion"))
        {
            errors.Invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
        }
    }
}
