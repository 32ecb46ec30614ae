using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Shared.Json;
using Shared.Processes;
using Tests.Cluster.NodeLink;
using Tests.Support;
using WebsiteOperator;
using Xunit;

namespace Tests.EndToEnd.Clients;

/// <summary>The example operator, which does the same in both of its languages, with the rights it asks for and no others.</summary>
[Collection(ClientsTests.Name)]
public sealed class OperatorTests(ClientsCluster cluster) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private string _space = "";
    private string _kubeconfig = "";

    public async Task InitializeAsync()
    {
        await cluster.Kubectl("apply", "-f", Checkout.Path("examples", "operators", "crd.yaml"));
        await cluster.Kubectl("wait", "crd/websites.example.com", "--for=condition=Established", "--timeout=30s");
        await cluster.Kubectl("apply", "-f", Checkout.Path("examples", "operators", "rbac.yaml"));
        _kubeconfig = await KubeconfigOfTheOperator();
        _space = await cluster.NewNamespace();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public Task The_operator_in_CSharp_serves_scales_survives_and_removes() => Serves_scales_survives_and_removes("dotnet", typeof(Website).Assembly.Location);

    [Fact]
    public async Task The_operator_in_JavaScript_serves_scales_survives_and_removes() =>
        await Serves_scales_survives_and_removes("node", Path.Combine(await NodePackages.Install(), "operator.mjs"));

    private async Task Serves_scales_survives_and_removes(string program, string file)
    {
        await using (var first = Start())
        {
            await Kubectl("apply", "-f", Checkout.Path("examples", "operators", "website.yaml"));
            await Available(first, 2);
            await HasWhatItAskedFor();

            // Through the scale subresource of the definition.
            await Kubectl("scale", "website/hello", "--replicas=3");
            await Available(first, 3);

            // What another changes of what the operator owns is taken back.
            await Kubectl("scale", "deployment/hello", "--replicas=5");
            await Until(first, "the Deployment to be as the Website wants it", async () => (await Get("deployment", "hello"))?.Number("spec", "replicas") == 3);
            await first.Kill();
        }

        // Nobody is there to see it, and the Lease of the dead need not be waited for.
        await Kubectl("apply", "-f", Checkout.Path("examples", "operators", "website.yaml"));
        await cluster.Kubectl("delete", "lease", "website-operator", "--ignore-not-found");
        Assert.Equal(3, (await Get("deployment", "hello"))!.Number("spec", "replicas"));
        await using var second = Start();
        await Available(second, 2);

        await Kubectl("delete", "website", "hello", "--timeout=30s");
        await Until(second, "all of the Website to be gone", async () => await Kubectl("get", "websites,deployments,replicasets,pods,services,endpointslices", "-o", "name") == "");
        Assert.Null((await Get("configmap", "website-directory")).At("data", "hello"));

        OperatorProcess Start() => new(_kubeconfig, program, file);
    }

    private async Task<string> KubeconfigOfTheOperator()
    {
        var file = Path.Combine(cluster.Options.DataDirectory, "operator.kubeconfig");
        File.Copy(cluster.Options.KubeconfigFile, file, overwrite: true);

        // kubectl can ask for a token since 1.24 only.
        using var client = cluster.NewClient();
        var token = (await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } }, "website-operator", "default")).Status.Token;
        await ExternalProgram.Run("kubectl", ["--kubeconfig", file, "config", "set-credentials", "website-operator", $"--token={token}"]);
        await ExternalProgram.Run("kubectl", ["--kubeconfig", file, "config", "set-context", "--current", "--user=website-operator"]);
        return file;
    }

    private async Task HasWhatItAskedFor()
    {
        var site = await Get("website", "hello");
        Assert.Equal("""["example.com/website-directory"]""", site.List("metadata", "finalizers")?.ToJsonString());
        Assert.Equal("2 of 2 replicas are available.", site.Items("status", "conditions")[0].Text("message"));
        Assert.Matches(@"^hello +demo/web:v1 +2 +2 +True +\S+$", await Kubectl("get", "site", "--no-headers"));
        foreach (var kind in (string[])["deployment", "service"])
        {
            var owner = (await Get(kind, "hello")).Items("metadata", "ownerReferences")[0];
            Assert.Equal(("Website", site.Text("metadata", "uid"), true), (owner.Text("kind"), owner.Text("uid"), owner.Flag("controller")));
        }
        Assert.Equal(8080, (await Get("service", "hello")).Items("spec", "ports")[0].Number("port"));
        Assert.Equal($"http://hello.{_space}:8080", (await Get("configmap", "website-directory")).Text("data", "hello"));
    }

    private Task Available(OperatorProcess process, int replicas) => Until(process, $"{replicas} replicas to be available, as the Website says", async () =>
        await Get("website", "hello") is { } site && HollowNodes.Condition(site, "Ready") == "True"
        && site.Number("status", "availableReplicas") == replicas && site.Number("status", "observedGeneration") == site.Number("metadata", "generation")
        && (await Get("deployment", "hello"))?.Number("status", "availableReplicas") == replicas);

    private static async Task Until(OperatorProcess process, string phase, Func<Task<bool>> holds)
    {
        using var bound = new CancellationTokenSource(Patience);
        while (!await holds())
        {
            Assert.False(bound.IsCancellationRequested, $"waited for {phase}; the operator told\n{process.Told}");
            await Task.Delay(20);
        }
    }

    private Task<string> Kubectl(params string[] arguments) => cluster.Kubectl(["--namespace", _space, .. arguments]);

    private Task<JsonObject?> Get(string kind, string name) => cluster.Get(kind switch
    {
        "website" => $"/apis/example.com/v1/namespaces/{_space}/websites/{name}",
        "deployment" => $"/apis/apps/v1/namespaces/{_space}/deployments/{name}",
        _ => $"/api/v1/namespaces/{_space}/{kind}s/{name}",
    });
}
