using System.Security.Cryptography.X509Certificates;
using ControlPlane.Access.Pki;
using Shared.Hosting;
using Xunit;

namespace Tests.Unit.Access.Pki;

/// <summary>An authority is replaced file by file, and at no point does anybody show a certificate that another one does not believe.</summary>
public sealed class AuthorityFilesTests : IDisposable
{
    private const int Members = 3;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("authority-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Whenever_it_is_interrupted_and_whoever_starts_anew_then_all_believe_all()
    {
        var (old, next) = (Authority("old"), Authority("next"));
        for (var steps = 0; steps <= 2 * Members; steps++)
        {
            var members = Enumerable.Range(0, Members).Select(i => Member($"{steps}-{i}", old)).ToArray();
            var shown = members.Select(Signing).ToArray();
            for (var step = 0; step < steps; step++)
            {
                var member = members[step % Members];
                if (step < Members) member.Trust(next);
                else
                {
                    member.Sign(next);
                    shown[step % Members] = Signing(member);
                }
                AllBelieve(members, shown);
            }

            // All of them start anew where the step before was the last.
            AllBelieve(members, [.. members.Select(Signing)]);

            // The same command finishes it, and then the old one can go.
            foreach (var member in members.Where(each => File.ReadAllText(each.Signing) != next)) member.Trust(next);
            foreach (var member in members) member.Sign(next);
            AllBelieve(members, [.. members.Select(Signing)]);
            Assert.All(members, member => Assert.True(member.HasOthers));
            foreach (var member in members) member.Trust();
            Assert.All(members, member => Assert.Equal([Certificate(next)], Believed(member)));
        }
    }

    [Fact]
    public void Sign_without_trust_before_would_be_noticed()
    {
        var members = Enumerable.Range(0, 2).Select(i => Member($"{i}", Authority("old"))).ToArray();
        members[0].Sign(Authority("next"));
        Assert.DoesNotContain(Signing(members[0]), Believed(members[1]));
    }

    [Fact]
    public void Processes_see_another_file_at_once_and_a_spoiled_one_changes_nothing()
    {
        var (old, next) = (Authority("old"), Authority("next"));
        var member = Member("one", old);
        var trusted = new TrustedAuthorities(member.Trusted);
        Assert.Equal([Certificate(old)], trusted.Certificates.Select(each => each.Thumbprint));
        member.Trust(next);
        Assert.Equal([Certificate(old), Certificate(next)], trusted.Certificates.Select(each => each.Thumbprint));
        member.Sign(next);
        Assert.Equal([Certificate(next), Certificate(old)], trusted.Certificates.Select(each => each.Thumbprint));
        File.WriteAllText(member.Trusted, "no certificate");
        Assert.Equal(2, trusted.Certificates.Count);
        File.Delete(member.Trusted);
        Assert.Equal(2, trusted.Certificates.Count);
        member.Publish();
        member.Trust();
        Assert.Equal([Certificate(next)], trusted.Certificates.Select(each => each.Thumbprint));
    }

    private static void AllBelieve(AuthorityFiles[] members, string[] shown)
    {
        foreach (var member in members) Assert.Subset(Believed(member).ToHashSet(), shown.ToHashSet());
    }

    private AuthorityFiles Member(string name, string signing)
    {
        var files = new AuthorityFiles(_directory.CreateSubdirectory(name).FullName);
        File.WriteAllText(files.Signing, signing);
        files.Publish();
        return files;
    }

    private string Authority(string name)
    {
        var file = Path.Combine(_directory.FullName, name + ".pem");
        if (!File.Exists(file)) ClusterPki.MakeAuthority(file, new(), TimeProvider.System);
        return File.ReadAllText(file);
    }

    private static string Signing(AuthorityFiles member) => Certificate(File.ReadAllText(member.Signing));

    private static string Certificate(string pem)
    {
        using var read = X509Certificate2.CreateFromPem(pem);
        return read.Thumbprint;
    }

    private static IReadOnlyList<string> Believed(AuthorityFiles member) => [.. new TrustedAuthorities(member.Trusted).Certificates.Select(each => each.Thumbprint)];
}
