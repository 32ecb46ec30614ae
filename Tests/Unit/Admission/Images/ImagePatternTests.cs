using ControlPlane.Admission.Images;
using CsCheck;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Admission.Images;

/// <summary>How images are named in rules.</summary>
public sealed class ImagePatternTests
{
    [Theory]
    [InlineData("*", "nginx")]
    [InlineData("*", "registry.example.com:5000/a/b/c")]
    [InlineData("docker.io/library/nginx", "nginx:1.27")]
    [InlineData("docker.io/library/*", "index.docker.io/nginx")]
    [InlineData("docker.io/**", "team/app")]
    [InlineData("registry.example.com/team/*", "registry.example.com/team/app:v1")]
    [InlineData("registry.example.com/team/web-*", "registry.example.com/team/web-front")]
    [InlineData("registry.example.com/*/app", "registry.example.com/team/app")]
    [InlineData("registry.example.com/**", "registry.example.com/app")]
    [InlineData("registry.example.com/team/**", "registry.example.com/team/a/b")]
    [InlineData("registry.example.com:5000/app", "registry.example.com:5000/app")]
    [InlineData("*.example.com/app", "a.b.example.com/app")]
    [InlineData("*/app", "registry.example.com/app")]
    [InlineData("localhost/app", "localhost/app")]
    [InlineData("[2001:db8::1]:5000/**", "[2001:db8::1]:5000/app")]
    public void Pattern_names_what_it_looks_like(string pattern, string image) => Assert.True(Matches(pattern, image));

    [Theory]
    // A star does not reach into the next part, nor out of its own.
    [InlineData("registry.example.com/team/*", "registry.example.com/team/a/b")]
    [InlineData("registry.example.com/team/*", "registry.example.com/team")]
    [InlineData("registry.example.com/team/**", "registry.example.com/team")]
    [InlineData("registry.example.com/*", "registry.example.com/team/app")]
    [InlineData("registry.example.com/**", "evil.com/registry.example.com/app")]
    [InlineData("registry.example.com/app", "evil.com/registry.example.com/app")]
    [InlineData("*/app", "evil.com/registry.example.com/app")]
    [InlineData("registry.example.com/**", "registry.example.com.evil.com/app")]
    [InlineData("registry.example.com/**", "registry-example.com/app")]
    // A port is a part of the registry, and no tag is one.
    [InlineData("registry.example.com/**", "registry.example.com:5000/app")]
    [InlineData("registry.example.com:5000/**", "registry.example.com/app")]
    [InlineData("registry.example.com:5000/**", "registry.example.com:5000")]
    [InlineData("registry.example.com:5000/**", "registry.example.com:50000/app")]
    [InlineData("*.example.com/**", "example.com/app")]
    [InlineData("*.example.com/**", "evilexample.com/app")]
    [InlineData("*.example.com/**", "a.example.com:5000/app")]
    [InlineData("*.example.com/**", "evil.com/a.example.com/app")]
    // What looks like another letter is another name.
    [InlineData("example.com/app", "xn--exmple-cua.com/app")]
    [InlineData("docker.io/library/*", "team/app")]
    [InlineData("docker.io/**", "registry.example.com/docker.io/app")]
    [InlineData("registry.example.com/team-a/app", "registry.example.com/team/app")]
    [InlineData("registry.example.com/a.b", "registry.example.com/a-b")]
    public void Pattern_names_nothing_else(string pattern, string image) => Assert.False(Matches(pattern, image));

    [Theory]
    [InlineData("", "must be '*', or begin with the registry")]
    [InlineData("nginx", "must be '*', or begin with the registry")]
    [InlineData("team/app", "must be '*', or begin with the registry")]
    [InlineData("registry.example.com", "must be '*', or begin with the registry")]
    [InlineData("**", "must be '*', or begin with the registry")]
    [InlineData("registry.*.com/app", "the registry must be a host")]
    [InlineData("registry.example.com*/app", "the registry must be a host")]
    [InlineData("*example.com/app", "the registry must be a host")]
    [InlineData("**/app", "the registry must be a host")]
    [InlineData("Registry.example.com/app", "the registry must be a host")]
    [InlineData("registry.example.com:443/app", "the registry must be a host")]
    [InlineData("registry.example.com:05000/app", "the registry must be a host")]
    [InlineData("registry.example.com:99999/app", "the registry must be a host")]
    [InlineData("registry.example.com:*/app", "the registry must be a host")]
    [InlineData("https://registry.example.com/app", "the registry must be a host")]
    [InlineData("index.docker.io/library/nginx", "images of index.docker.io are read as of docker.io")]
    [InlineData("docker.io/nginx", "images of docker.io have a folder: write docker.io/library/nginx")]
    [InlineData("docker.io/*", "images of docker.io have a folder: write docker.io/library/*")]
    [InlineData("registry.example.com/app:v1", "must name a repository, without a tag")]
    [InlineData("registry.example.com/app@sha256:0", "must name a repository, without a digest")]
    [InlineData("registry.example.com/", "each part of the path")]
    [InlineData("registry.example.com//app", "each part of the path")]
    [InlineData("registry.example.com/Team/*", "each part of the path")]
    [InlineData("registry.example.com/**/app", "each part of the path")]
    [InlineData("registry.example.com/a**", "each part of the path")]
    [InlineData("registry.example.com/a?", "each part of the path")]
    [InlineData("registry.example.com/app\n", "each part of the path")]
    public void What_is_no_pattern_is_told_why(string pattern, string why)
    {
        Assert.StartsWith(why, ImagePattern.Fault(pattern), StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => ImagePattern.Parse(pattern));
    }

    [Fact]
    public void Pattern_that_is_far_too_long_is_refused() => Assert.StartsWith("must not be longer than 512", ImagePattern.Fault($"registry.example.com/{new string('*', 512)}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("*", false)]
    [InlineData("*/app", false)]
    [InlineData("*.example.com/app", false)]
    [InlineData("registry.example.com/**", true)]
    public void Pattern_that_names_its_registry_is_known(string pattern, bool names) => Assert.Equal(names, ImagePattern.Parse(pattern).NamesRegistry);

    [Fact]
    public void Pattern_of_a_registry_names_images_of_that_registry_only()
    {
        var registry = Gen.OneOf("docker.io", "registry.example.com", "registry.example.com:5000", "evil.com", "localhost");
        var part = Gen.OneOf("a", "b", "library", "registry.example.com", "team-1");
        var star = Gen.OneOf("a", "*", "team-*", "library", "registry.example.com");
        var matched = 0;
        Gen.Select(registry, star.Array[2, 3], Gen.Bool, registry, part.Array[2, 4]).Sample((named, stars, below, from, parts) =>
        {
            var pattern = $"{named}/{string.Join('/', below ? [.. stars, "**"] : stars)}";
            var image = ImageReference.Parse($"{from}/{string.Join('/', parts)}")!;
            if (!ImagePattern.Parse(pattern).Matches(image)) return;
            Interlocked.Increment(ref matched);
            Assert.Equal(named, image.Registry);
            Assert.True(below ? parts.Length > stars.Length : parts.Length == stars.Length, $"{pattern} names {image}");
        }, iter: 20_000);
        Assert.NotEqual(0, matched);
    }

    private static bool Matches(string pattern, string image) => ImagePattern.Parse(pattern).Matches(ImageReference.Parse(image)!);
}
