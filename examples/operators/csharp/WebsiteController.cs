using k8s;
using k8s.Autorest;
using k8s.Models;

namespace WebsiteOperator;

/// <summary>
/// Makes of each Website what it asks for. It looks at what there is and never at what happened: to look once more, or after having been away,
/// does no harm.
/// </summary>
public sealed class WebsiteController
{
    private const string Finalizer = $"{Website.Group}/website-directory";
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly WebsiteApi _api;
    private readonly Reflector<Website> _websites;
    private readonly Reflector<V1Deployment> _deployments;
    private readonly WorkQueue<(string Namespace, string Name)> _queue = new();
    private readonly Dictionary<(string Namespace, string Name), int> _failures = [];

    public WebsiteController(WebsiteApi api)
    {
        _api = api;
        _websites = api.Websites(site => _queue.Add((site.Namespace(), site.Name())));
        _deployments = api.Deployments(LookAtOwner);
    }

    /// <summary>Works until it is stopped.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(_websites.Run(stop), _deployments.Run(stop), Work(stop));

    private async Task Work(CancellationToken stop)
    {
        await _websites.Listed.WaitAsync(stop);
        while (true)
        {
            var key = await _queue.Take(stop);
            try
            {
                if (_websites.Find(key.Namespace, key.Name) is { } site) await Reconcile(site, stop);
                _failures.Remove(key);
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                Console.WriteLine($"{key.Namespace}/{key.Name}: {(error as HttpOperationException)?.Response.Content ?? error.ToString()}");
                var failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
                _ = AddLater(key, TimeSpan.FromMilliseconds(Math.Min(100 * Math.Pow(2, failures), LongestPause.TotalMilliseconds)), stop);
            }
        }
    }

    private async Task AddLater((string Namespace, string Name) key, TimeSpan pause, CancellationToken stop)
    {
        await Task.Delay(pause, stop);
        _queue.Add(key);
    }

    private async Task Reconcile(Website site, CancellationToken stop)
    {
        if (site.DeletionTimestamp() is not null)
        {
            if (!site.HasFinalizer(Finalizer)) return;
            await _api.ApplyEntry(site, listed: false, stop);
            await _api.SetFinalizers(site, [.. site.Finalizers().Where(one => one != Finalizer)], stop);
            Console.WriteLine($"{site.Namespace()}/{site.Name()}: taken out of the directory");
        }
        else if (!site.HasFinalizer(Finalizer))
        {
            // Before the entry is made that only the finalizer takes away. The watch brings the Website back here.
            await _api.SetFinalizers(site, [.. site.Finalizers() ?? [], Finalizer], stop);
        }
        else
        {
            await _api.Apply(DesiredObjects.Service(site), stop);
            var deployment = await _api.Apply(DesiredObjects.Deployment(site), stop);
            await _api.ApplyEntry(site, listed: true, stop);
            var status = DesiredObjects.Status(site, deployment, DateTime.UtcNow);
            if (site.Status is { } before && KubernetesJson.Serialize(status) == KubernetesJson.Serialize(before)) return;
            await _api.ApplyStatus(site, status, stop);
            Console.WriteLine($"{site.Namespace()}/{site.Name()}: {status.Conditions[0].Message}");
        }
    }

    private void LookAtOwner(V1Deployment deployment)
    {
        if (deployment.GetController() is { Kind: nameof(Website) } owner) _queue.Add((deployment.Namespace(), owner.Name));
    }
}
