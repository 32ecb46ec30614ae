using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Shared.Hosting;
using Shared.Joining;
using Shared.Json;

namespace NodeActor.Hosting;

/// <summary>What a node has from joining.</summary>
/// <param name="CertificateFile">Its certificate and key.</param>
/// <param name="AuthorityFile">Whom it trusts.</param>
/// <param name="Seeds">Where control planes hear agents.</param>
public sealed record JoinedNode(string CertificateFile, string AuthorityFile, ImmutableArray<string> Seeds);

/// <summary>
/// Makes a machine a node: makes a key, which never leaves the machine, and has a control plane sign a certificate for it, with a token. A folder that has one already is left as it
/// is, so that the same command line starts the node again long after its token has expired; but at every start it asks whom the cluster trusts now, and for
/// another certificate: so one that nears its end, or is of an authority that is being replaced, is replaced in time.
/// </summary>
public static class NodeJoin
{
    /// <summary>Joins if the folder has not joined yet.</summary>
    /// <exception cref="JoinRefusedException">It can't; nothing was written.</exception>
    public static async Task<JoinedNode> Ensure(string dataDirectory, string name, string address, JoinTicket ticket, CancellationToken stop)
    {
        var folder = Path.Combine(dataDirectory, "pki");
        var (own, authority, seeds) = (Path.Combine(folder, name + ".pem"), Path.Combine(folder, "ca.crt"), Path.Combine(folder, "seeds"));
        var joined = Path.Combine(folder, "cluster");
        if (File.Exists(own))
        {
            if ((await File.ReadAllTextAsync(joined, stop)).Trim() != ticket.AuthorityHash) throw new JoinRefusedException($"{folder} is of another cluster than the token; use another --data folder");
            await Renew(own, authority, name, ticket, stop);
            return new(own, authority, [.. await File.ReadAllLinesAsync(seeds, stop)]);
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key);
        var (authorities, answer) = await new JoinClient(ticket).Join(JoinPaths.Node, new JsonObject { ["name"] = name, ["address"] = address, ["request"] = request }, stop);
        using var signed = Signed(answer.Text("certificate"), key) ?? throw new JoinRefusedException($"{ticket.Host}:{ticket.Port} signed no certificate for this machine's key");
        var found = answer.Items("seeds").Select(seed => seed.TextOf()).Where(seed => seed is { Length: > 0 }).ToArray();
        PrivateFile.CreateFolder(folder);
        PrivateFile.Write(seeds, string.Concat(found.Select(seed => seed + "\n")));
        PrivateFile.Write(joined, ticket.AuthorityHash + "\n");
        PrivateFile.Write(authority, answer.Text("authority") is { Length: > 0 } all ? all : authorities);

        // The certificate, which tells that the folder has joined, is the last.
        PrivateFile.Write(own, $"{signed.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return new(own, authority, [.. found!]);
    }

    private static async Task Renew(string own, string authority, string name, JoinTicket ticket, CancellationToken stop)
    {
        var identity = RemoteIdentity.Load(authority, own);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var answer = await new JoinClient(ticket).Renew(identity, new JsonObject { ["request"] = Request(name, key) }, stop);
            using var signed = Signed(answer.Text("certificate"), key) ?? throw new JoinRefusedException($"{ticket.Host}:{ticket.Port} signed no certificate for this machine's key");
            if (answer.Text("authority") is not { Length: > 0 } all) throw new JoinRefusedException($"{ticket.Host}:{ticket.Port} tells no authority");

            // Whoever is trusted now trusts both certificates as long as two authorities are.
            PrivateFile.Write(authority, all);
            PrivateFile.Write(own, $"{signed.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        }
        catch (JoinRefusedException unreached)
        {
            // What it has may do still; if not, that shows where it is used.
            await Console.Error.WriteLineAsync($"The node keeps its certificate: {unreached.Message}");
        }
    }

    private static string Request(string name, ECDsa key) =>
        new CertificateRequest(new X500DistinguishedName($"O=system:nodes, CN=system:node:{name}"), key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    private static X509Certificate2? Signed(string pem, ECDsa key)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.CopyWithPrivateKey(key);
        }
        catch (Exception unfit) when (unfit is CryptographicException or ArgumentException)
        {
            return null;
        }
    }
}
