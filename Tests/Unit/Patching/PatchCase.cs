using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using k8s.Models;
using Xunit;

namespace Tests.Unit.Patching;

/// <summary>Applies a patch given as text and tells what came of it.</summary>
internal static class PatchCase
{
    public static KindDefinition Kind { get; } = Of<V1Pod>("Pod", "pods");

    public static KindDefinition Of<TModel>(string kind, string plural) =>
        new() { Group = "", Version = "v1", Kind = kind, Plural = plural, Namespaced = true, Schema = ModelSchemas.Of<TModel>() };

    public static PatchOutcome Apply(string mediaType, string document, string patch, KindDefinition? kind = null) =>
        ClientPatch.TryFormat(mediaType, out var format, out var rejection)
            ? new ClientPatch(format, new(Encoding.UTF8.GetBytes(patch)), FieldValidation.Ignore).Change(JsonNode.Parse(document)!.AsObject(), kind ?? Kind)
            : rejection;

    public static void AssertPatched(string mediaType, string document, string patch, string expected, KindDefinition? kind = null)
    {
        var outcome = Apply(mediaType, document, patch, kind);
        Assert.Null(outcome.Rejection);
        AssertSame(JsonNode.Parse(expected), outcome.Object);
    }

    public static void AssertSame(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected?.ToJsonString()}\n but was {actual?.ToJsonString()}");

    public static (int Code, string Reason) Rejected(string mediaType, string document, string patch, KindDefinition? kind = null)
    {
        var outcome = Apply(mediaType, document, patch, kind);
        Assert.True(outcome.Rejection is not null, $"accepted as {outcome.Object?.ToJsonString()}");
        return (outcome.Rejection.Code, outcome.Rejection.Reason);
    }
}
