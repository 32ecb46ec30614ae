using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What tolerations must look like.</summary>
internal static class TolerationRules
{
    public static void Validate(JsonArray? tolerations, FieldPath path, FieldErrors errors)
    {
        for (var i = 0; i < tolerations?.Count; i++)
        {
            if (tolerations[i] is not JsonObject toleration) continue;
            var at = path.Item(i);
            FieldRules.Optional(toleration, "key", at, errors, LabelSyntax.QualifiedName);
            var (key, @operator) = (toleration.Text("key"), toleration.Text("operator"));
            if (key.Length == 0 && @operator != "Exists")
            {
                errors.Invalid(at.Child("operator"), @operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }
            if (toleration.Has("tolerationSeconds") && toleration.Text("effect") != "NoExecute")
            {
                errors.Invalid(at.Child("effect"), toleration.Text("effect"), "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }
            switch (@operator)
            {
                case "" or "Equal":
                    FieldRules.Optional(toleration, "value", at, errors, LabelSyntax.Value);
                    break;
                case "Exists":
                    if (toleration.Text("value").Length > 0) errors.Invalid(at.Child("operator"), toleration.DeepClone(), "value must be empty when `operator` is 'Exists'");
                    break;
                default:
                    errors.NotSupported(at.Child("operator"), @operator, "Equal", "Exists");
                    break;
            }
            FieldRules.OneOf(toleration, "effect", at, errors, "NoExecute", "NoSchedule", "PreferNoSchedule");
        }
    }
}
