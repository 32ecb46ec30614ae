// Makes of each Website what it asks for. It looks at what there is and never at what happened: to look once more, or after having been away, does
// no harm. One worker looks at one Website at a time; run one such process.

import { isDeepStrictEqual } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { AppsV1Api, CustomObjectsApi, KubeConfig, KubernetesObjectApi, PatchStrategy, makeInformer, setHeaderOptions } from '@kubernetes/client-node';
import { deployment, entry, group, manager, ours, plural, service, status, version } from './desired.mjs';

const finalizer = `${group}/website-directory`;
const config = new KubeConfig();
config.loadFromDefault();
const objects = KubernetesObjectApi.makeApiClient(config);
const custom = config.makeApiClient(CustomObjectsApi);
const apps = config.makeApiClient(AppsV1Api);
const as = (strategy) => setHeaderOptions('Content-Type', strategy);

const websites = makeInformer(config, `/apis/${group}/${version}/${plural}`, () => custom.listClusterCustomObject({ group, version, plural }));
const deployments = makeInformer(config, '/apis/apps/v1/deployments', () => apps.listDeploymentForAllNamespaces({ labelSelector: ours }), ours);

// Which Websites are to be looked at: a set, so that one that changed several times meanwhile is looked at once.
const waiting = new Set();
const failures = new Map();
let wake = () => {};

function add(key) {
  waiting.add(key);
  wake();
}

websites.on('change', (site) => add(`${site.metadata.namespace}/${site.metadata.name}`));
deployments.on('change', ({ metadata }) => {
  const owner = metadata.ownerReferences?.find((one) => one.controller && one.kind === 'Website');
  if (owner) add(`${metadata.namespace}/${owner.name}`);
});

/** An informer lists, watches and goes on when a watch ends; after a failure it wants to be started again. */
async function keep(name, informer) {
  informer.on('error', async (error) => {
    console.log(`watching ${name}: ${error?.message ?? error}`);
    await pause(1000);
    await informer.start();
  });
  await informer.start();
}

const apply = (object, fieldManager = manager) => objects.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
const applyEntry = (site, listed) => apply(entry(site, listed), `${manager}-${site.metadata.uid}`);
const address = ({ metadata: { namespace, name } }) => ({ group, version, plural, namespace, name, fieldManager: manager });

/** Replaces the finalizers, unless the Website has changed since it was read: another's finalizer must not get lost. */
const setFinalizers = (site, finalizers) => custom.patchNamespacedCustomObject(
  { ...address(site), body: { metadata: { resourceVersion: site.metadata.resourceVersion, finalizers } } }, as(PatchStrategy.MergePatch));

async function reconcile(site) {
  const finalizers = site.metadata.finalizers ?? [];
  if (site.metadata.deletionTimestamp) {
    if (!finalizers.includes(finalizer)) return;
    await applyEntry(site, false);
    await setFinalizers(site, finalizers.filter((one) => one !== finalizer));
    console.log(`${site.metadata.namespace}/${site.metadata.name}: taken out of the directory`);
  } else if (!finalizers.includes(finalizer)) {
    // Before the entry is made that only the finalizer takes away. The watch brings the Website back here.
    await setFinalizers(site, [...finalizers, finalizer]);
  } else {
    await apply(service(site));
    const applied = await apply(deployment(site));
    await applyEntry(site, true);
    const now = status(site, applied, new Date());
    if (isDeepStrictEqual(now, site.status)) return;
    const body = { apiVersion: site.apiVersion, kind: site.kind, metadata: { name: site.metadata.name, uid: site.metadata.uid }, status: now };
    await custom.patchNamespacedCustomObjectStatus({ ...address(site), force: true, body }, as(PatchStrategy.ServerSideApply));
    console.log(`${site.metadata.namespace}/${site.metadata.name}: ${now.conditions[0].message}`);
  }
}

async function work() {
  while (true) {
    if (waiting.size === 0) await new Promise((resolve) => (wake = resolve));
    const [key] = waiting;
    waiting.delete(key);
    try {
      const [namespace, name] = key.split('/');
      const site = websites.get(name, namespace);
      if (site) await reconcile(site);
      failures.delete(key);
    } catch (error) {
      console.log(`${key}: ${error.body ?? error.message}`);
      const times = (failures.get(key) ?? 0) + 1;
      failures.set(key, times);
      setTimeout(() => add(key), Math.min(100 * 2 ** times, 30_000));
    }
  }
}

// A process that is told to end needs no farewell: whatever it had begun, the next one begins anew.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
await Promise.all([keep(plural, websites), keep('deployments', deployments)]);
console.log(`${manager} works`);
await work();
