using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shared.Json;
using Tests.Support;
using Tests.Unit.Strategies;
using Xunit;

namespace Tests.Unit.Admission.Images;

/// <summary>What an ImagePolicy must look like.</summary>
public sealed class ImagePolicyRulesTests
{
    private static readonly string Key = JsonValue.Create(NewKey()).ToJsonString();
    private static readonly string Certificate = ServerAuthority.OtherBundle();
    private readonly KindCase _case = new("policy.actors.dev", "imagepolicies");

    [Fact]
    public void Defaults_are_to_enforce_names_and_any_key()
    {
        var spec = _case.Created($$"""{ "spec": { "rules": [ { "images": ["*"] }, { "images": ["registry.example.com/**"], "signatures": { "keys": [ { "name": "ci", "publicKey": {{Key}} } ] } } ] } }""").Child("spec");
        Assert.Equal("Enforce", spec.Text("enforcement"));
        Assert.Equal([false, false], spec.Objects("rules").Select(rule => rule.Flag("requireDigest")));
        Assert.Equal(["", "Any"], spec.Objects("rules").Select(rule => rule.Text("signatures", "match")));
    }

    [Theory]
    [InlineData("{}", "spec: Required value")]
    [InlineData("""{ "spec": {} }""", "spec.rules: Required value: without a rule no image could be used")]
    [InlineData("""{ "spec": { "rules": [] } }""", "spec.rules: Required value: without a rule no image could be used")]
    [InlineData("""{ "spec": { "rules": [ { "images": ["*"] } ], "enforcement": "Deny" } }""", "spec.enforcement: Unsupported value: \"Deny\": supported values: \"Audit\", \"Enforce\", \"Warn\"")]
    [InlineData("""{ "spec": { "rules": [ {} ] } }""", "spec.rules[0].images: Required value: name the images that are meant")]
    [InlineData("""{ "spec": { "rules": [ { "images": ["*", "nginx"] } ] } }""", "spec.rules[0].images[1]: Invalid value: \"nginx\": must be '*', or begin with the registry")]
    [InlineData("""{ "spec": { "rules": [ { "images": ["*", "*"] } ] } }""", "spec.rules[0].images[1]: Duplicate value: \"*\"")]
    [InlineData("""{ "spec": { "rules": [ { "images": ["registry.example.com/**"], "signatures": {} } ] } }""", "spec.rules[0].signatures.keys: Required value: name the keys that count")]
    public void Policy_is_refused_with_the_place_of_its_fault(string policy, string fault) => Assert.StartsWith(fault, Assert.Single(_case.CreateFaults(policy)), StringComparison.Ordinal);

    [Theory]
    [InlineData("KEY", "", "")]
    [InlineData("""{ "publicKey": PEM }""", "", "keys[0].name: Required value")]
    [InlineData("""{ "name": "CI", "publicKey": PEM }""", "", "keys[0].name: Invalid value: \"CI\": ")]
    [InlineData("""{ "name": "ci" }""", "", "keys[0].publicKey: Required value")]
    [InlineData("""{ "name": "ci", "publicKey": "secret" }""", "", "keys[0].publicKey: Invalid value: must be a public key in PEM")]
    [InlineData("""KEY, { "name": "other", "publicKey": PEM }""", "", "keys[1].publicKey: Duplicate value: \"(the same key under another name)\"")]
    [InlineData("""KEY, { "name": "ci", "publicKey": OTHER }""", "", "keys[1].name: Duplicate value: \"ci\"")]
    [InlineData("KEY", """, "match": "Some" """, "match: Unsupported value: \"Some\": supported values: \"All\", \"Any\"")]
    [InlineData("KEY", """, "caBundle": "bm90aGluZw==" """, "caBundle: Invalid value: \"bm90aGluZw==\": must be PEM certificates in base64")]
    [InlineData("KEY", """, "caBundle": "CERTIFICATE" """, "")]
    public void Signatures_are_refused_with_the_place_of_their_fault(string keys, string more, string fault)
    {
        var text = keys.Replace("KEY", """{ "name": "ci", "publicKey": PEM }""", StringComparison.Ordinal).Replace("PEM", Key, StringComparison.Ordinal).Replace("OTHER", JsonValue.Create(NewKey()).ToJsonString(), StringComparison.Ordinal);
        var faults = _case.CreateFaults($$"""{ "spec": { "rules": [ { "images": ["registry.example.com/**"], "signatures": { "keys": [ {{text}} ]{{more.Replace("CERTIFICATE", Certificate, StringComparison.Ordinal)}} } } ] } }""");
        if (fault.Length == 0) Assert.Empty(faults);
        else Assert.StartsWith($"spec.rules[0].signatures.{fault}", Assert.Single(faults), StringComparison.Ordinal);
        Assert.DoesNotContain(faults, told => told.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*/app")]
    [InlineData("*.example.com/**")]
    public void Signatures_are_asked_of_a_registry_that_the_policy_names(string pattern) => Assert.StartsWith(
        $"spec.rules[0].images[0]: Invalid value: \"{pattern}\": must name its registry where signatures are required",
        Assert.Single(_case.CreateFaults($$"""{ "spec": { "rules": [ { "images": ["{{pattern}}"], "signatures": { "keys": [ { "name": "ci", "publicKey": {{Key}} } ] } } ] } }""")), StringComparison.Ordinal);

    [Fact]
    public void Bounds_are_held()
    {
        var rules = string.Join(',', Enumerable.Repeat("""{ "images": ["*"] }""", 65));
        Assert.Equal("spec.rules: Too many: 65: must have at most 64 items", Assert.Single(_case.CreateFaults($$"""{ "spec": { "rules": [ {{rules}} ] } }""")));
        var images = string.Join(',', Enumerable.Range(0, 65).Select(i => $"\"registry.example.com/{i}\""));
        Assert.Equal("spec.rules[0].images: Too many: 65: must have at most 64 items", Assert.Single(_case.CreateFaults($$"""{ "spec": { "rules": [ { "images": [ {{images}} ] } ] } }""")));
        var keys = new StringBuilder();
        for (var i = 0; i < 17; i++) keys.Append(i == 0 ? "" : ",").Append($$"""{ "name": "k{{i}}", "publicKey": {{JsonValue.Create(NewKey()).ToJsonString()}} }""");
        Assert.Equal("spec.rules[0].signatures.keys: Too many: 17: must have at most 16 items", Assert.Single(_case.CreateFaults($$"""{ "spec": { "rules": [ { "images": ["registry.example.com/**"], "signatures": { "keys": [ {{keys}} ] } } ] } }""")));
        var @long = JsonValue.Create($"{NewKey()}{new string('\n', 16 * 1024)}").ToJsonString();
        Assert.Equal("spec.rules[0].signatures.keys[0].publicKey: Too long: may not be more than 16384 bytes", Assert.Single(_case.CreateFaults($$"""{ "spec": { "rules": [ { "images": ["registry.example.com/**"], "signatures": { "keys": [ { "name": "ci", "publicKey": {{@long}} } ] } } ] } }""")));
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfoPem();
    }
}
