using CsCheck;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Api;

/// <summary>Names of images, as Docker and containerd read them.</summary>
public sealed class ImageReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Digest = $"sha256:{Hex}";

    [Theory]
    [InlineData("nginx", "docker.io", "library/nginx", "", "")]
    [InlineData("nginx:1.27", "docker.io", "library/nginx", "1.27", "")]
    [InlineData("team/app", "docker.io", "team/app", "", "")]
    [InlineData("docker.io/nginx", "docker.io", "library/nginx", "", "")]
    [InlineData("index.docker.io/nginx", "docker.io", "library/nginx", "", "")]
    [InlineData("localhost/app", "localhost", "app", "", "")]
    [InlineData("localhost:5000/app:v1", "localhost:5000", "app", "v1", "")]
    // Without a slash there is no registry: what is behind the colon is a tag.
    [InlineData("localhost:5000", "docker.io", "library/localhost", "5000", "")]
    [InlineData("registry.example.com:5000", "docker.io", "library/registry.example.com", "5000", "")]
    [InlineData("registry.example.com:5000/app", "registry.example.com:5000", "app", "", "")]
    [InlineData("registry.example.com/team/app:v1@" + Digest, "registry.example.com", "team/app", "v1", Digest)]
    [InlineData("app@" + Digest, "docker.io", "library/app", "", Digest)]
    [InlineData("evil.com/registry.example.com/app", "evil.com", "registry.example.com/app", "", "")]
    [InlineData("Foo/app", "Foo", "app", "", "")]
    [InlineData("xn--e1afmkfd.example/app", "xn--e1afmkfd.example", "app", "", "")]
    [InlineData("[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app", "", "")]
    [InlineData("a__b/c--d.e_f", "docker.io", "a__b/c--d.e_f", "", "")]
    public void Reference_is_read_and_completed(string text, string registry, string repository, string tag, string digest) =>
        Assert.Equal(new(registry, repository, tag, digest), ImageReference.Parse(text));

    [Theory]
    [InlineData("", "a repository must consist of")]
    [InlineData("Nginx", "a repository must be in lower case")]
    [InlineData("registry.example.com/Team/app", "a repository must be in lower case")]
    [InlineData("registry.example.com/", "a repository must consist of")]
    [InlineData("registry.example.com//app", "a repository must consist of")]
    [InlineData("registry.example.com/../app", "a repository must consist of")]
    [InlineData("registry.example.com./app", "the part before the first '/' is no host")]
    [InlineData("user@registry.example.com/app", "after the @ there must be a digest")]
    [InlineData("user:password@registry.example.com/app", "after the @ there must be a digest")]
    [InlineData("https://registry.example.com/app", "the part before the first '/' is no host")]
    [InlineData("пример.рф/app", "the part before the first '/' is no host")]
    [InlineData("app:", "a tag must consist of")]
    [InlineData("app:-v1", "a tag must consist of")]
    [InlineData("app:v1:v2", "a tag must consist of")]
    [InlineData("app @" + Digest, "a repository must consist of")]
    [InlineData("app\n", "a repository must consist of")]
    [InlineData("app@sha256:0123", "after the @ there must be a digest")]
    [InlineData("app@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "after the @ there must be a digest")]
    [InlineData("app@md5:0123456789abcdef0123456789abcdef", "after the @ there must be a digest")]
    [InlineData("app@" + Digest + "@" + Digest, "after the @ there must be a digest")]
    [InlineData("a___b", "a repository must consist of")]
    public void What_is_no_reference_is_told_why(string text, string why)
    {
        Assert.StartsWith(why, ImageReference.TryParse(text, out var read), StringComparison.Ordinal);
        Assert.Null(read);
    }

    [Fact]
    public void What_is_too_long_is_refused()
    {
        Assert.NotNull(ImageReference.Parse($"{new string('a', 240)}.example.com/app"));
        Assert.StartsWith("a registry must not be longer", ImageReference.TryParse($"{new string('a', 260)}.example.com/app", out _), StringComparison.Ordinal);
        Assert.NotNull(ImageReference.Parse($"example.com/{new string('a', 255)}"));
        Assert.StartsWith("a repository must not be longer", ImageReference.TryParse($"example.com/{new string('a', 256)}", out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_read_reads_the_same_in_full()
    {
        var part = Gen.OneOf("nginx", "team", "a-b", "registry.example.com", "localhost", "A", "x:5000", "sha256", "*", "..", "");
        var rest = Gen.OneOf("", ":v1", ":5000", $"@{Digest}", $":v1@{Digest}", "@", ":");
        var read = 0;
        Gen.Select(part.Array[1, 4], rest).Sample((parts, end) =>
        {
            if (ImageReference.Parse(string.Join('/', parts) + end) is not { } once) return;
            Interlocked.Increment(ref read);
            Assert.Equal(once, ImageReference.Parse(once.ToString()));
        });
        Assert.NotEqual(0, read);
    }

    [Theory]
    [InlineData("""{ "auths": { "registry.example.com": { "auth": "bWU6c2VjcmV0OndvcmQ=" } } }""", "registry.example.com", "me", "secret:word")]
    [InlineData("""{ "auths": { "https://registry.example.com/v1/": { "username": "me", "password": "word" } } }""", "registry.example.com", "me", "word")]
    [InlineData("""{ "auths": { "https://index.docker.io/v1/": { "username": "me", "password": "word" } } }""", "docker.io", "me", "word")]
    public void Credentials_are_found_by_the_registry(string config, string registry, string user, string password)
    {
        var found = RegistryCredentials.Find(System.Text.Encoding.UTF8.GetBytes(config), registry);
        Assert.Equal((user, password), (found?.User, found?.Password));
        Assert.DoesNotContain(password, found!.ToString(), StringComparison.Ordinal);
        Assert.Null(RegistryCredentials.Find(System.Text.Encoding.UTF8.GetBytes(config), "other.example.com"));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{ "auths": { "registry.example.com": { "auth": "no base64" } } }""")]
    [InlineData("[]")]
    public void Broken_credentials_are_none(string config) => Assert.Null(RegistryCredentials.Find(System.Text.Encoding.UTF8.GetBytes(config), "registry.example.com"));
}
