namespace Tests.EndToEnd.Compose;

/// <summary>Images in the place of those that only a registry has.</summary>
internal static class StandIns
{
    // Publishes what is built already.
    private const string Sdk = """
        FROM {BASE}
        COPY published /published
        RUN mkdir /sdk && printf '#!/bin/sh\n[ "$1" = publish ] && mkdir -p /app && cp -r /published/. /app/\n' >/sdk/dotnet && chmod 755 /sdk/dotnet
        ENV PATH=/sdk:/usr/sbin:/usr/bin
        """;

    private const string Database = """
        FROM {BASE}
        COPY serve /serve
        ENV PATH={PROGRAMS}:/usr/sbin:/usr/bin PGDATA=/var/lib/postgresql/data
        CMD ["bash", "/serve"]
        """;

    // Hears the same variables as the official image.
    private const string Serve = """
        set -e
        if [ "$(id -u)" = 0 ]; then
          chown postgres "$PGDATA"
          exec setpriv --reuid=postgres --regid=postgres --clear-groups bash /serve
        fi
        if [ ! -s "$PGDATA/PG_VERSION" ]; then
          chmod 700 "$PGDATA"
          initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
          echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
          echo "create database $POSTGRES_DB" | postgres --single postgres
        fi
        exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
        """;

    /// <summary>An image whose <c>dotnet publish</c> gives the programs under test.</summary>
    public static async Task BuildSdk(DockerEngine engine, string name, string baseImage, string workshop)
    {
        var published = Directory.CreateDirectory(Path.Combine(workshop, "published")).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory)) File.Copy(file, Path.Combine(published, Path.GetFileName(file)));
        await engine.Run("cp", "-r", Path.Combine(AppContext.BaseDirectory, "runtimes"), published);
        await Build(engine, name, workshop, Sdk.Replace("{BASE}", baseImage, StringComparison.Ordinal));
    }

    /// <summary>An image of Debian's PostgreSQL.</summary>
    public static async Task BuildDatabase(DockerEngine engine, string name, string baseImage, string programs, string workshop)
    {
        await File.WriteAllTextAsync(Path.Combine(workshop, "serve"), Serve);
        await Build(engine, name, workshop, Database.Replace("{BASE}", baseImage, StringComparison.Ordinal).Replace("{PROGRAMS}", programs, StringComparison.Ordinal));
    }

    private static async Task Build(DockerEngine engine, string name, string folder, string dockerfile)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "Dockerfile"), dockerfile);
        await engine.Run("docker", "build", "--quiet", "--tag", name, folder);
    }
}
