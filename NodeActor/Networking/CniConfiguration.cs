namespace NodeActor.Networking;

/// <summary>
/// The network of a node's pods: a bridge that is their gateway, with addresses out of the node's pod range. The node routes; nothing is
/// translated here, see <see cref="NftTable"/> for what is.
/// </summary>
public static class CniConfiguration
{
    /// <summary>The file's name in the folder containerd watches.</summary>
    public const string FileName = "10-pods.conflist";

    /// <summary>The text of the file.</summary>
    /// <param name="network">The network's name; CNI keeps results under it, so it must be the node's own on the machine.</param>
    /// <param name="addressFolder">Where the addresses given out are kept.</param>
    public static string Render(string network, string podCidr, string addressFolder) => $$"""
        {
          "cniVersion": "0.4.0",
          "name": "{{network}}",
          "plugins": [
            {
              "type": "bridge",
              "bridge": "cni0",
              "isGateway": true,
              "ipMasq": false,
              "hairpinMode": true,
              "ipam": {
                "type": "host-local",
                "dataDir": "{{addressFolder}}",
                "ranges": [[{ "subnet": "{{podCidr}}" }]],
                "routes": [{ "dst": "0.0.0.0/0" }]
              }
            },
            { "type": "portmap", "capabilities": { "portMappings": true } }
          ]
        }

        """;

    /// <summary>
    /// Writes the file unless it says the same already. In one step: containerd reads it as soon as it appears. The addresses given out are
    /// kept beside it.
    /// </summary>
    public static async Task Write(string folder, string network, string podCidr, CancellationToken stop)
    {
        var text = Render(network, podCidr, Path.Combine(folder, "addresses"));
        var file = Path.Combine(folder, FileName);
        if (File.Exists(file) && await File.ReadAllTextAsync(file, stop) == text) return;
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(file + ".new", text, stop);
        File.Move(file + ".new", file, overwrite: true);
    }
}
