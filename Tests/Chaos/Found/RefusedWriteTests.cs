using Tests.Chaos.Clients;
using Tests.Chaos.Faults;
using Tests.Chaos.Lab;
using Tests.Chaos.Recording;
using Tests.EndToEnd.CommandLine;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Chaos.Found;

/// <summary>
/// A command that gets no answer is asked again elsewhere, and may still be on its way: to a shard that has no home since its member died. What the client was told
/// in the end must stay true when it arrives.
/// </summary>
[Collection(nameof(TemporaryCluster))]
public sealed class RefusedWriteTests(ITestOutputHelper output)
{
    private const int Objects = 30;
    private const string Namespace = "default";

    [RootFact]
    public async Task Write_that_was_refused_while_its_member_was_dead_is_never_carried_out()
    {
        await using var lab = await ChaosLab.Start(3, output.WriteLine);
        // The first is the one that says where shards live.
        var (killed, other) = (lab.Members[0], lab.Members[1]);
        using var api = lab.Api(other);
        await killed.Kill();

        // Its shards are homeless from when it is given up until they are hosted anew; who is asked meanwhile keeps what it can't deliver.
        var (refused, recovered) = (new List<string>(), Recovered(lab, killed));
        for (var round = 0; !recovered.IsCompleted; round++)
        {
            var names = Enumerable.Range(0, Objects).Select(number => $"object-{round}-{number}").ToArray();
            var patched = await Task.WhenAll(names.Select(name => Send(api, new(OperationKind.Patch, name) { Content = Content.Of("refused", "yes") })));
            await Task.WhenAll(names.Select(name => Send(api, new(OperationKind.Create, name) { Content = Content.Of("created", "yes") })));
            refused.AddRange(names.Where((_, at) => patched[at] is Answer.Refused { Code: 404 }));
        }
        await recovered;
        Assert.NotEmpty(refused);

        // By the same way as those before: it comes after them.
        var marked = await Task.WhenAll(refused.Select(name => Send(api, new(OperationKind.Patch, name) { Content = Content.Of("marked", "yes") })));
        Assert.DoesNotContain(marked, answer => answer is Answer.Accepted { Object: { } seen } && seen.Content.Members.Any(member => member.Key == "refused"));
    }

    private static async Task Recovered(ChaosLab lab, Member killed)
    {
        await Task.Delay(TimeSpan.FromSeconds(3));
        await new KilledMember(killed).Heal();
        await lab.Ready(killed);
    }

    private static Task<Answer> Send(MemberApi api, OperationRequest request) => api.Send(request, Namespace, "test");
}
