using System.Runtime.InteropServices;

namespace ControlPlane.CommandLine.Images;

/// <summary>
/// The images a cluster of one machine has without any registry: the sandbox's, a shell, and a small web server in three versions. All are made
/// from Debian's static busybox.
/// </summary>
public static class DemoImages
{
    /// <summary>The image of every pod's sandbox.</summary>
    public const string Pause = "actors.local/pause:1";

    /// <summary>Where Debian's <c>busybox-static</c> puts its program.</summary>
    public const string BusyboxFile = "/bin/busybox";

    /// <summary>
    /// Answers <c>VERSION POD</c> on port 8080. On TERM it goes on serving for a moment, since a connection may be on its way, then takes no more and
    /// ends when the requests in flight are answered. Version v3 has no <c>/healthz</c>, so it never gets ready.
    /// </summary>
    private const string WebScript = """
        #!/bin/sh
        mkdir -p /www
        echo "$VERSION $HOSTNAME" > /www/index.html
        [ "$VERSION" = v3 ] || echo ok > /www/healthz
        httpd -f -p 8080 -h /www &
        server=$!
        stop() {
          sleep 1
          kill $server
          while pidof httpd > /dev/null; do sleep 0.1; done
          exit 0
        }
        trap stop TERM INT
        wait $server

        """;

    /// <summary>All images, given busybox and the names of its programs.</summary>
    public static IReadOnlyList<ImageDefinition> All(byte[] busybox, IReadOnlyCollection<string> programs)
    {
        var shell = Shell(busybox, programs);
        var web = ImageLayer.Of(LayerEntry.Program("bin/web", System.Text.Encoding.UTF8.GetBytes(WebScript)));
        return
        [
            PauseImage(shell),
            new("docker.io/demo/busybox:v1", [shell]) { Command = ["sh"] },
            .. new[] { "v1", "v2", "v3" }.Select(version => new ImageDefinition($"docker.io/demo/web:{version}", [shell, web])
            {
                Entrypoint = ["/bin/web"],
                Environment = [$"VERSION={version}"],
            }),
        ];
    }

    private static ImageDefinition PauseImage(ImageLayer shell) => RuntimeInformation.OSArchitecture == Architecture.X64
        ? new(Pause, [ImageLayer.Of(LayerEntry.Program("pause", PauseProgram.Build()))]) { Entrypoint = ["/pause"] }
        : new(Pause, [shell]) { Entrypoint = ["/bin/sleep", "2147483647"] };

    private static ImageLayer Shell(byte[] busybox, IReadOnlyCollection<string> programs)
    {
        string[] folders = ["bin", "dev", "etc", "proc", "root", "sys", "usr", "usr/bin", "var"];
        return ImageLayer.Of(
        [
            .. folders.Select(folder => LayerEntry.Folder(folder)),
            LayerEntry.Folder("tmp", everybody: true),
            LayerEntry.Program("bin/busybox", busybox),
            LayerEntry.Text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
            LayerEntry.Text("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
            .. programs.Where(program => program != "busybox").Select(program => LayerEntry.Link("bin/" + program, "busybox")),
        ]);
    }
}
