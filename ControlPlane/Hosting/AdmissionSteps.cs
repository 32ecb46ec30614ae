using ControlPlane.Access;
using ControlPlane.Access.Roles;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Admission.Images;
using ControlPlane.Admission.Images.Signatures;
using ControlPlane.Admission.Mutations;
using ControlPlane.Admission.Policies;
using ControlPlane.Admission.PodSecurity;
using ControlPlane.Admission.Webhooks;
using ControlPlane.CertificateSigningRequests;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Objects.Admission;
using ControlPlane.Policy.LimitRanges;
using ControlPlane.Policy.ResourceQuotas;
using ControlPlane.Scheduling.PriorityClasses;
using ControlPlane.Storage;
using ControlPlane.Workloads.Namespaces;

namespace ControlPlane.Hosting;

/// <summary>The admission steps of a control plane, in one list.</summary>
internal static class AdmissionSteps
{
    public static AdmissionChain Create(ObjectServices services, ObjectClient objects, JournalReader journal, ServiceNetworkOptions network, IAuthorizer authorizer, ILoggerFactory loggers)
    {
        var index = new WebhookIndex(services.Cache, services.Time);
        var webhooks = new WebhookCalls(index, services.Kinds, services.Cache, new IgnoredFailures(loggers.CreateLogger<WebhookCalls>(), services.Time), authorizer);

        var policies = new PolicyReach(services.Kinds, services.Cache, authorizer);

        // What fills in, and so looks again at what policies and webhooks have added.
        IAdmissionStep[] filling =
        [
            new ServiceAccountAdmission(services.Cache, CatchUp, services.Time),
            new Priority(services.Cache, CatchUp),
            new LimitRanger(AdmissionPhase.Mutating, services.Cache),
            new DefaultStorageClass(services.Cache),
        ];
        return new(
        [
            new NamespaceLifecycle(AdmissionPhase.Mutating, services.Cache, CatchUp),
            .. filling,
            new MutatingAdmission([new MutatingPolicies(PolicyIndex.Mutating(services.Cache), policies), new MutatingWebhooks(webhooks, services.Time)], [.. filling]),

            // After the webhooks, whose Services are what is given addresses.
            new ServiceAllocation(objects.Send, services.Cache, network, services.Time),

            // What it fills in is shown to nobody.
            new TokenSecrets(services.Cache, CatchUp, new TokenIssuer(services.Cache, services.Time)),
            new PersistentVolumeClaimResize(services.Cache),
            new OneDefaultPriorityClass(services.Cache),
            new CsrRequester(),
            new QuotaBeginning(services.Cache, CatchUp),
            new RoleEscalation(services.Cache, authorizer),
            new CsrRights(authorizer),
            new PodSecurityAdmission(services.Cache),
            new LimitRanger(AdmissionPhase.Validating, services.Cache),
            new ValidatingPolicies(PolicyIndex.Validating(services.Cache), policies),
            // After all that answer at once: it may ask a registry.
            new ImagePolicyAdmission(services.Cache, new CosignSignatures(new(), services.Time)),
            new ValidatingWebhooks(webhooks),
            new NamespaceLifecycle(AdmissionPhase.Validating, services.Cache, CatchUp),
            // The last: what another refuses claims nothing.
            new QuotaAdmission(objects.Send, services.Cache),
        ])
        {
            More = () => index.LongestWait,
        };

        async Task CatchUp(CancellationToken stop) => await services.Cache.WaitFor(await journal.HeadRevision(), stop);
    }
}
