using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using CsCheck;
using Shared.Api;
using Tests.Unit.Workloads;
using Xunit;
using static Tests.Unit.Storage.StorageWorld;

namespace Tests.Unit.Storage;

/// <summary>Claims and volumes in a world where steps come in any order, views lag behind and processes end between any two commands.</summary>
public sealed class BindingProperties
{
    private enum Step { Reconcile, Show, Crash, AddClaim, DeleteClaim, AddVolume, DeleteVolume, Select, AddPod, EndPod, RemoveDirectory, NodeGoes, NodeComes }

    private static readonly string[] Nodes = ["a", "b"];
    private static readonly Step[] All =
        [.. Enum.GetValues<Step>(), Step.Reconcile, Step.Reconcile, Step.Reconcile, Step.Reconcile, Step.Crash, Step.Show, Step.AddClaim, Step.Select, Step.Select, Step.RemoveDirectory];

    [Fact]
    public void Claim_has_one_volume_for_good_and_volume_one_claim_and_no_directory_goes_under_a_claim() =>
        Gen.Select(Gen.Int[0, All.Length - 1].Select(at => All[at]), Gen.Int[0, 999]).Array[10, 80].Sample(steps =>
        {
            var run = new Run();
            foreach (var (step, pick) in steps)
            {
                run.Take(step, pick);
                run.Check($"after {step}");
            }
            run.End();
        }, iter: 3000);

    private sealed class Run
    {
        private readonly World _world = Make().WithNodes(Nodes).WithClass().WithClass("manual", StorageKeys.NoProvisioner, waits: false);
        private readonly Dictionary<string, string> _volumes = [];
        private readonly List<StoredObject> _told = [];
        private int _made;

        public Run() => _world.Lagging = true;

        public void Take(Step step, int pick)
        {
            switch (step)
            {
                case Step.Reconcile:
                    if (Pick(Controlled, pick) is { } one)
                    {
                        Seen(one.Key);
                        _world.Reconcile(one.Key);
                    }
                    break;
                case Step.Crash:
                    if (Pick(Controlled, pick) is { } other) CrashWithoutReading(other.Key, pick % 2);
                    break;
                case Step.Show:
                    _world.ShowSome(pick % 4 + 1);
                    break;
                case Step.AddClaim:
                    var name = $"c{pick % 3}";
                    if (_world.Find(Claim(name)) is null) _world.AddClaim(name, @class: pick % 2 == 0 ? NodeDirectory.ClassName : "manual");
                    break;
                case Step.DeleteClaim:
                    if (Pick(_world.Live(StorageKeys.Claims), pick) is { } claim) _world.Delete(claim.Key);
                    break;
                case Step.AddVolume:
                    _world.AddVolume($"v{++_made}");
                    break;
                case Step.DeleteVolume:
                    if (Pick(_world.Live(StorageKeys.Volumes), pick) is { } volume) _world.Delete(volume.Key);
                    break;
                case Step.Select:
                    if (Pick(_world.Live(StorageKeys.Claims), pick) is { } waiting) _world.Select(waiting.Key, Nodes[pick % 2]);
                    break;
                case Step.AddPod:
                    if (Pick(_world.Live(StorageKeys.Claims), pick) is { Header.DeletionTimestamp: null } used) _world.AddPod($"p{++_made}", used.Key.Name, Nodes[pick % 2]);
                    break;
                case Step.EndPod:
                    if (Pick(_world.Live(World.Pods), pick) is { } pod) _world.Delete(pod.Key, grace: 0);
                    break;
                case Step.RemoveDirectory:
                    _told.AddRange(_world.Live(StorageKeys.Volumes));
                    // By whatever it was told once: late is allowed.
                    if (Pick(_told, pick) is { } told && VolumeState.Of(told).MayBeRemoved)
                    {
                        Assert.DoesNotContain(_world.Live(StorageKeys.Claims), live => ClaimState.Of(live).VolumeName == told.Key.Name);
                        _world.RemoveDirectory(told);
                    }
                    break;
                case Step.NodeGoes:
                    if (_world.Find(StorageKeys.Node(Nodes[pick % 2])) is { } node) _world.Delete(node.Key);
                    break;
                default:
                    if (_world.Find(StorageKeys.Node(Nodes[pick % 2])) is null) _world.WithNodes(Nodes[pick % 2]);
                    break;
            }
        }

        public void Check(string when)
        {
            var claims = _world.Live(StorageKeys.Claims).Select(ClaimState.Of).ToArray();
            foreach (var claim in claims.Where(claim => claim.VolumeName.Length > 0))
            {
                Assert.True(_volumes.TryAdd(claim.Uid, claim.VolumeName) || _volumes[claim.Uid] == claim.VolumeName, $"claim {claim.Key.Name} has another volume {when}");
                var volume = _world.Find(StorageKeys.Volume(claim.VolumeName)) is { } found ? VolumeState.Of(found) : null;
                Assert.True(volume?.Claim?.Uid == claim.Uid, $"volume {claim.VolumeName} of claim {claim.Key.Name} is gone or another's {when}");
            }
            var bound = claims.Where(claim => claim.VolumeName.Length > 0).Select(claim => claim.VolumeName).ToArray();
            Assert.True(bound.Distinct().Count() == bound.Length, $"two claims have one volume {when}");
        }

        /// <summary>With everything seen and every node doing its work, all that is left is what claims have and what is free.</summary>
        public void End()
        {
            _world.Lagging = false;
            foreach (var node in Nodes.Where(node => _world.Find(StorageKeys.Node(node)) is null)) _world.WithNodes(node);
            foreach (var pod in _world.Live(World.Pods)) _world.Delete(pod.Key, grace: 0);
            for (var round = 0; round < 5; round++)
            {
                _world.Settle();
                foreach (var claim in _world.Live(StorageKeys.Claims)) _world.Select(claim.Key, "a");
                foreach (var volume in _world.Live(StorageKeys.Volumes)) _world.RemoveDirectory(volume);
                _world.Settle();
            }
            Check("at rest");
            var claims = _world.Live(StorageKeys.Claims).Select(ClaimState.Of).ToArray();
            foreach (var claim in claims.Where(claim => claim is { Deleting: false, ClassName: NodeDirectory.ClassName })) Assert.True(claim.IsBound, $"{claim.Key.Name} was not bound");
            foreach (var volume in _world.Live(StorageKeys.Volumes).Select(VolumeState.Of))
            {
                var owner = claims.SingleOrDefault(claim => claim.Uid == volume.Claim?.Uid);
                Assert.True(volume.ProvisionedBy.Length == 0 || owner?.VolumeName == volume.Name, $"volume {volume.Name} was left behind");
                Assert.True(owner is null || owner.VolumeName == volume.Name, $"claim {owner?.Key.Name} holds a second volume {volume.Name}");
            }
        }

        /// <summary>The process ends after so many commands, and the next one has read its own object and no more than that needs.</summary>
        private void CrashWithoutReading(ObjectKey key, int commands)
        {
            Seen(key);
            foreach (var command in _world.PlanFor(key).Commands.Take(commands)) _world.Send(command);
        }

        // An actor plans with a view that has its own object at least.
        private void Seen(ObjectKey key) => _world.Show(_world.Get(key).Revision);

        private IEnumerable<StoredObject> Controlled => _world.Live(StorageKeys.Claims).Concat(_world.Live(StorageKeys.Volumes));

        private static StoredObject? Pick(IEnumerable<StoredObject> among, int pick) => among.ToArray() is { Length: > 0 } found ? found[pick % found.Length] : null;
    }
}
