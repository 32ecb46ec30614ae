// What a Website asks for, as pure functions. Only the fields this operator cares for are set: those are what it owns after an apply.

export const group = 'example.com';
export const version = 'v1';
export const plural = 'websites';
export const manager = 'website-operator';
export const ours = `app.kubernetes.io/managed-by=${manager}`;

const selected = (site) => ({ 'app.kubernetes.io/name': 'website', 'app.kubernetes.io/instance': site.metadata.name });

const owned = (site) => ({
  name: site.metadata.name,
  namespace: site.metadata.namespace,
  labels: { ...selected(site), 'app.kubernetes.io/managed-by': manager },
  ownerReferences: [{ apiVersion: site.apiVersion, kind: site.kind, name: site.metadata.name, uid: site.metadata.uid, controller: true, blockOwnerDeletion: true }],
});

export const deployment = (site) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: owned(site),
  spec: {
    replicas: site.spec.replicas,
    selector: { matchLabels: selected(site) },
    template: {
      metadata: { labels: selected(site) },
      spec: { containers: [{ name: 'web', image: site.spec.image, ports: [{ name: 'http', containerPort: site.spec.port, protocol: 'TCP' }] }] },
    },
  },
});

export const service = (site) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: owned(site),
  spec: { selector: selected(site), ports: [{ name: 'http', port: site.spec.port, targetPort: 'http', protocol: 'TCP' }] },
});

/**
 * The Website's line in the directory, the ConfigMap of a namespace that tells where its Websites are; each has a manager of its own, so that all
 * of them share the ConfigMap without reading it. Nobody owns the ConfigMap, so that garbage collection does not reach a line: the finalizer does.
 */
export const entry = (site, listed) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'website-directory', namespace: site.metadata.namespace },
  ...(listed && { data: { [site.metadata.name]: `http://${site.metadata.name}.${site.metadata.namespace}:${site.spec.port}` } }),
});

/** What is to be said of a Website whose Deployment is as given. A condition keeps its time while its status is the same. */
export function status(site, { metadata, status: rollout }, now) {
  const available = rollout?.availableReplicas ?? 0;
  const wanted = site.spec.replicas;
  const ready = rollout?.observedGeneration === metadata.generation && (rollout.updatedReplicas ?? 0) >= wanted && available >= wanted;
  const before = site.status?.conditions?.find((one) => one.type === 'Ready');
  const value = ready ? 'True' : 'False';
  return {
    availableReplicas: available,
    selector: Object.entries(selected(site)).map(([key, label]) => `${key}=${label}`).join(','),
    observedGeneration: site.metadata.generation,
    conditions: [{
      type: 'Ready',
      status: value,
      reason: ready ? 'Available' : 'Waiting',
      message: `${available} of ${wanted} replicas are available.`,
      observedGeneration: site.metadata.generation,
      lastTransitionTime: before?.status === value ? before.lastTransitionTime : now.toISOString(),
    }],
  };
}
