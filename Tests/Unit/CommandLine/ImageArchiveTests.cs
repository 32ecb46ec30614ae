using System.Formats.Tar;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Images;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class ImageArchiveTests
{
    private static readonly byte[] Busybox = "not really busybox"u8.ToArray();

    [Fact]
    public void Archive_every_descriptor_names_a_blob_that_is_there()
    {
        var files = Write(DemoImages.All(Busybox, ["busybox", "sh", "httpd"]));
        var index = Json(files["index.json"]);
        Assert.Equal(5, index["manifests"]!.AsArray().Count);

        foreach (var descriptor in index["manifests"]!.AsArray())
        {
            var manifest = Json(Blob(files, descriptor!));
            var config = Json(Blob(files, manifest["config"]!));
            var layers = manifest["layers"]!.AsArray().Select(layer => ImageArchive.DigestOf(Blob(files, layer!)));
            Assert.Equal(config["rootfs"]!["diff_ids"]!.AsArray().Select(id => (string)id!), layers);
        }
    }

    [Fact]
    public void Archive_docker_form_names_the_same_images()
    {
        var files = Write(DemoImages.All(Busybox, ["busybox", "sh"]));
        var docker = Json(files["manifest.json"]).AsArray();
        var oci = Json(files["index.json"])["manifests"]!.AsArray();

        Assert.Equal(
            oci.Select(manifest => (string)manifest!["annotations"]!["io.containerd.image.name"]!),
            docker.Select(image => (string)image!["RepoTags"]![0]!));
        Assert.All(docker, image => Assert.True(files.ContainsKey((string)image!["Config"]!)));
    }

    [Fact]
    public void Archive_same_images_give_the_same_bytes()
    {
        Assert.Equal(Bytes(), Bytes());

        static byte[] Bytes()
        {
            using var stream = new MemoryStream();
            ImageArchive.Write(stream, DemoImages.All(Busybox, ["sh"]));
            return stream.ToArray();
        }
    }

    [Fact]
    public void Versions_of_the_web_image_share_their_layers()
    {
        var web = DemoImages.All(Busybox, ["sh"]).Where(image => image.Reference.Contains("/web:", StringComparison.Ordinal)).ToArray();

        Assert.Equal(3, web.Length);
        Assert.Single(web.Select(image => string.Join(' ', image.Layers.Select(layer => layer.Digest))).Distinct());
        Assert.Equal(["VERSION=v1", "VERSION=v2", "VERSION=v3"], web.Select(image => Assert.Single(image.Environment)));
    }

    [Fact]
    public void Layer_keeps_modes_and_links()
    {
        var layer = ImageLayer.Of(LayerEntry.Folder("bin"), LayerEntry.Program("bin/busybox", Busybox), LayerEntry.Link("bin/sh", "busybox"), LayerEntry.Folder("tmp", true));
        using var reader = new TarReader(new MemoryStream(layer.Tar));
        var entries = new List<TarEntry>();
        while (reader.GetNextEntry(copyData: true) is { } entry) entries.Add(entry);

        Assert.Equal([TarEntryType.Directory, TarEntryType.RegularFile, TarEntryType.SymbolicLink, TarEntryType.Directory], entries.Select(entry => entry.EntryType));
        Assert.True(entries[1].Mode.HasFlag(UnixFileMode.OtherExecute));
        Assert.Equal("busybox", entries[2].LinkName);
        Assert.True(entries[3].Mode.HasFlag(UnixFileMode.StickyBit | UnixFileMode.OtherWrite));
    }

    [Fact]
    public void Pause_program_is_a_complete_ELF_file()
    {
        var file = PauseProgram.Build();

        Assert.Equal(129, file.Length);
        Assert.Equal("7f454c46020101", Convert.ToHexStringLower(file.AsSpan(0, 7)));
        Assert.Equal("b8220000000f05ebf7", Convert.ToHexStringLower(file.AsSpan(120)));
    }

    private static Dictionary<string, byte[]> Write(IReadOnlyList<ImageDefinition> images)
    {
        using var stream = new MemoryStream();
        ImageArchive.Write(stream, images);
        stream.Position = 0;
        using var reader = new TarReader(stream);
        var files = new Dictionary<string, byte[]>();
        while (reader.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            files.Add(entry.Name, content.ToArray());
        }
        return files;
    }

    private static byte[] Blob(Dictionary<string, byte[]> files, JsonNode descriptor)
    {
        var digest = (string)descriptor["digest"]!;
        var content = files["blobs/" + digest.Replace(':', '/')];
        Assert.Equal(digest, ImageArchive.DigestOf(content));
        Assert.Equal((int)descriptor["size"]!, content.Length);
        return content;
    }

    private static JsonNode Json(byte[] content) => JsonNode.Parse(content)!;
}
