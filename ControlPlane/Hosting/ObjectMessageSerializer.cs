using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Taints;
using ControlPlane.Nodes.Usage;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Scheduling;
using ControlPlane.Storage.Binding;
using ControlPlane.Telemetry.Events;
using ControlPlane.Workloads.Deployments;
using ControlPlane.Workloads.Jobs;
using ControlPlane.Workloads.Namespaces;
using ControlPlane.Policy.PodDisruptionBudgets;
using ControlPlane.Policy.ResourceQuotas;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Protocol;
using Shared.Serialization;

namespace ControlPlane.Hosting;

/// <summary>Writes and reads what control plane processes say to each other's objects: commands, the patches in them, and answers.</summary>
public sealed class ObjectMessageSerializer(ExtendedActorSystem system) : ProtocolSerializer(system, 111, Types)
{
    /// <summary>Binds the messages to this serializer.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka.actor {
          serializers.object-messages = "ControlPlane.Hosting.ObjectMessageSerializer, ControlPlane"
          serialization-bindings {
            "ControlPlane.Objects.ObjectCommand, ControlPlane" = object-messages
            "ControlPlane.Objects.ObjectResult, ControlPlane" = object-messages
            "ControlPlane.Objects.Reconcile, ControlPlane" = object-messages
            "ControlPlane.Nodes.Leases.NodeNews, ControlPlane" = object-messages
            "ControlPlane.Nodes.Usage.UsageNews, ControlPlane" = object-messages
          }
          serialization-identifiers {
            "ControlPlane.Hosting.ObjectMessageSerializer, ControlPlane" = 111
          }
        }
        """);

    /// <summary>Every command, answer and patch, and their parts. Add new ones at the end.</summary>
    public static ProtocolTypes Types { get; } = new(
        [
            typeof(CreateObject), typeof(UpdateObject), typeof(PatchObject), typeof(DeleteObject), typeof(BindPod), typeof(Reconcile),
            typeof(AcceptedOnWire), typeof(ObjectRejected), typeof(NodeNews), typeof(WithdrawCommand), typeof(CommandWithdrawn), typeof(UsageNews),
            typeof(ApplyObject),
        ],
        [
            typeof(ObjectKey), typeof(PodUid), typeof(NodeName), typeof(Requester), typeof(Preconditions), typeof(KindVersion), typeof(Propagation), typeof(JsonBytes),
            typeof(ApiStatus), typeof(StatusCause), typeof(OwnerRef), typeof(Condition), typeof(PatchFormat), typeof(FieldValidation), typeof(DateTimeOffset),
            typeof(ImmutableArray<string>), typeof(ImmutableArray<StatusCause>), typeof(ImmutableDictionary<string, string>), typeof(KeyValuePair<string, string>),
            typeof(ClientPatch), typeof(ReplaceScale), typeof(PatchScale), typeof(FieldPatch), typeof(StatusPatch), typeof(ConditionPatch), typeof(AdoptPatch),
            typeof(DisownPatch), typeof(OwnersPatch), typeof(RollbackPatch), typeof(DisruptionPatch), typeof(ImmutableArray<OwnerRef>), typeof(UnblockOwnersPatch), typeof(FinalizerPatch), typeof(ReplicaSetPatch), typeof(ReleaseNamespacePatch), typeof(EventCountPatch),
            typeof(RenewClaim), typeof(DerivedContent), typeof(PodStatusPatch), typeof(PodNotReadyPatch), typeof(RegistrationPatch), typeof(NodeStatusPatch),
            typeof(NodeUnknownPatch), typeof(TaintsPatch), typeof(PodUnschedulablePatch), typeof(Emptying), typeof(WriteFate), typeof(HeardNode), typeof(ImmutableArray<HeardNode>),
            typeof(StatusWithNews), typeof(StatusNews), typeof(ImmutableArray<StatusNews>), typeof(GiveUpPodPatch),
            typeof(TakeVolumePatch), typeof(FreeVolumePatch), typeof(UseVolumePatch), typeof(SelectNodePatch), typeof(DefaultClassPatch), typeof(ProvisionerPatch), typeof(StorageStatusPatch),
            typeof(StorageReleasePatch),
            typeof(TimeSpan), typeof(NodeUse), typeof(PodUse), typeof(ContainerUse), typeof(ImmutableArray<PodUse>), typeof(ImmutableArray<ContainerUse>),
            typeof(QuotaClaim), typeof(QuotaClaimPatch), typeof(QuotaReleasePatch),
            typeof(WriteNotes), typeof(ImmutableArray<KeyValuePair<string, string>>),
        ]);

    /// <inheritdoc/>
    public override string Manifest(object o) => base.Manifest(ToWire(o));

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => base.ToBinary(ToWire(obj));

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => base.FromBinary(bytes, manifest) is var read && read is AcceptedOnWire accepted
        ? new ObjectAccepted(new(accepted.Key, accepted.Json, accepted.Revision, managed: accepted.Managed), accepted.Deleted) { Notes = accepted.Notes, Unchanged = accepted.Unchanged }
        : read;

    private static object ToWire(object message) => message is ObjectAccepted { Object: var stored } accepted
        ? new AcceptedOnWire(stored.Key, stored.Json.ToArray(), stored.Managed, stored.Revision, accepted.Deleted, accepted.Notes, accepted.Unchanged)
        : message;

    /// <summary>An <see cref="ObjectAccepted"/> as it travels: what a stored object is made of, without what readers derived from it.</summary>
    internal sealed record AcceptedOnWire(ObjectKey Key, byte[] Json, byte[] Managed, long Revision, bool Deleted, WriteNotes? Notes, bool Unchanged);
}
