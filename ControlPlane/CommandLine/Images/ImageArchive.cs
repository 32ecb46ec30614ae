using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlPlane.CommandLine.Images;

/// <summary>
/// Writes images as one tar that is both an OCI image layout (<c>index.json</c>, <c>blobs/</c>) and a docker archive (<c>manifest.json</c>): what
/// <c>ctr images import</c> and <c>docker load</c> read. A blob that images share is in it once.
/// </summary>
public static class ImageArchive
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar";
    private const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Writes the archive.</summary>
    public static void Write(Stream stream, params IReadOnlyList<ImageDefinition> images)
    {
        var blobs = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var index = new JsonArray();
        var docker = new JsonArray();
        foreach (var image in images)
        {
            foreach (var layer in image.Layers) blobs[layer.Digest] = layer.Tar;
            var config = Add(blobs, Config(image));
            var manifest = Add(blobs, Manifest(image, config, blobs[config].Length));
            index.Add(Descriptor(ManifestType, manifest, blobs[manifest].Length, Named(image)));
            docker.Add(new JsonObject
            {
                ["Config"] = BlobPath(config),
                ["RepoTags"] = new JsonArray(image.Reference),
                ["Layers"] = new JsonArray([.. image.Layers.Select(layer => (JsonNode)BlobPath(layer.Digest))]),
            });
        }

        using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
        WriteFile(tar, "oci-layout", Bytes(new JsonObject { ["imageLayoutVersion"] = "1.0.0" }));
        WriteFile(tar, "index.json", Bytes(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = index }));
        WriteFile(tar, "manifest.json", Bytes(docker));
        foreach (var (digest, content) in blobs) WriteFile(tar, BlobPath(digest), content);
    }

    /// <summary><c>sha256:...</c>.</summary>
    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>This machine's architecture in the words of OCI.</summary>
    public static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static JsonObject Config(ImageDefinition image)
    {
        var process = new JsonObject { ["Env"] = Strings([SearchPath, .. image.Environment]) };
        if (image.Entrypoint.Length > 0) process["Entrypoint"] = Strings(image.Entrypoint);
        if (image.Command.Length > 0) process["Cmd"] = Strings(image.Command);
        return new JsonObject
        {
            ["architecture"] = Architecture,
            ["os"] = "linux",
            ["config"] = process,
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = Strings(image.Layers.Select(layer => layer.Digest)) },
        };
    }

    private static JsonObject Manifest(ImageDefinition image, string config, int configSize) => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = ManifestType,
        ["config"] = Descriptor(ConfigType, config, configSize),
        ["layers"] = new JsonArray([.. image.Layers.Select(layer => Descriptor(LayerType, layer.Digest, layer.Tar.Length))]),
    };

    // The first annotation is containerd's full name of the image; the second is the specification's, a tag only.
    private static JsonObject Named(ImageDefinition image) => new()
    {
        ["io.containerd.image.name"] = image.Reference,
        ["org.opencontainers.image.ref.name"] = image.Reference[(image.Reference.LastIndexOf(':') + 1)..],
    };

    private static JsonNode Descriptor(string type, string digest, int size, JsonObject? annotations = null)
    {
        var descriptor = new JsonObject { ["mediaType"] = type, ["digest"] = digest, ["size"] = size };
        if (annotations is null) return descriptor;
        descriptor["platform"] = new JsonObject { ["architecture"] = Architecture, ["os"] = "linux" };
        descriptor["annotations"] = annotations;
        return descriptor;
    }

    private static string Add(SortedDictionary<string, byte[]> blobs, JsonObject document)
    {
        var content = Bytes(document);
        var digest = DigestOf(content);
        blobs[digest] = content;
        return digest;
    }

    private static void WriteFile(TarWriter tar, string name, byte[] content) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });

    private static string BlobPath(string digest) => "blobs/" + digest.Replace(':', '/');
    private static JsonArray Strings(IEnumerable<string> values) => [.. values];
    private static byte[] Bytes(JsonNode document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
