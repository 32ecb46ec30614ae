// Checks of the official client for JavaScript against a control plane: node client-checks.mjs KUBECONFIG NAMESPACE
// Prints a line for each, and exits with 1 if one failed.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import * as k8s from '@kubernetes/client-node';

const [file, namespace] = process.argv.slice(2);
const config = new k8s.KubeConfig();
config.loadFromFile(file);
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const as = (strategy) => k8s.setHeaderOptions('Content-Type', strategy);
const mapsPath = `/api/v1/namespaces/${namespace}/configmaps`;

const configMap = (name, data, labels) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data });
const create = (name, data, labels) => core.createNamespacedConfigMap({ namespace, body: configMap(name, data, labels) });
const deployment = (name, image = 'example/app:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }, { name: 'side', image: 'example/side:1' }] } },
  },
});

/** Awaits a refusal and returns the Status that tells why. */
async function refused(code, promise) {
  const error = await promise.then(() => assert.fail('it was accepted'), (reason) => reason);
  assert.ok(error instanceof k8s.ApiException, String(error?.stack ?? error));
  const status = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
  assert.equal(error.code, code, JSON.stringify(status));
  assert.equal(status.kind, 'Status');
  assert.equal(status.code, code);
  return status;
}

/** Polls until something holds, within a bound. */
async function until(phase, holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited for ${phase}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lets TCP through to the API until it is cut, as a network does. */
class Wire {
  static async lay(target) {
    const wire = new Wire();
    wire.ends = new Set();
    wire.server = net.createServer((client) => {
      const upstream = net.connect(Number(target.port), target.hostname);
      for (const end of [client, upstream]) {
        wire.ends.add(end);
        end.on('error', () => wire.cut());
        end.on('close', () => { wire.ends.delete(end); client.destroy(); upstream.destroy(); });
      }
      client.pipe(upstream).pipe(client);
    });
    wire.server.listen(0, '127.0.0.1');
    await once(wire.server, 'listening');
    return wire;
  }

  get port() { return this.server.address().port; }

  cut() { for (const end of this.ends) end.destroy(); }

  remove() { this.server.close(); this.cut(); }
}

const checks = {
  async discovery() {
    const version = await config.makeApiClient(k8s.VersionApi).getCode();
    assert.match(version.gitVersion, /^v1\.\d+\.\d+/);
    const groups = (await config.makeApiClient(k8s.ApisApi).getAPIVersions()).groups.map((group) => group.name);
    for (const group of ['apps', 'batch', 'autoscaling', 'coordination.k8s.io', 'apiextensions.k8s.io']) assert.ok(groups.includes(group), group);
    const { resources } = await apps.getAPIResources();
    const found = resources.find((resource) => resource.name === 'deployments');
    assert.deepEqual([found.kind, found.namespaced, found.shortNames], ['Deployment', true, ['deploy']]);
    assert.ok(resources.some((resource) => resource.name === 'deployments/scale' && resource.kind === 'Scale' && resource.group === 'autoscaling'));
    assert.ok((await core.getAPIResources()).resources.some((resource) => resource.name === 'pods/eviction'));
    assert.equal(await new k8s.Health(config).readyz({}), true);
  },

  async reading_and_writing() {
    const made = await create('one', { a: '1' });
    assert.ok(made.metadata.creationTimestamp instanceof Date);
    const read = await core.readNamespacedConfigMap({ name: 'one', namespace });
    assert.deepEqual(read, made);
    const replaced = await core.replaceNamespacedConfigMap({ name: 'one', namespace, body: { ...read, data: { b: '2' } } });
    assert.deepEqual(replaced.data, { b: '2' });
    assert.equal((await core.deleteNamespacedConfigMap({ name: 'one', namespace })).status, 'Success');
    await refused(404, core.readNamespacedConfigMap({ name: 'one', namespace }));
  },

  async refusals() {
    const made = await create('taken', { a: '1' });
    assert.equal((await refused(409, create('taken'))).reason, 'AlreadyExists');
    await core.replaceNamespacedConfigMap({ name: 'taken', namespace, body: { ...made, data: { a: '2' } } });
    assert.equal((await refused(409, core.replaceNamespacedConfigMap({ name: 'taken', namespace, body: { ...made, data: { a: '3' } } }))).reason, 'Conflict');
    const missing = await refused(404, core.readNamespacedConfigMap({ name: 'no-such', namespace }));
    assert.deepEqual([missing.reason, missing.details], ['NotFound', { name: 'no-such', kind: 'configmaps' }]);
    const body = deployment('invalid');
    body.spec.selector.matchLabels = { app: 'other' };
    body.spec.replicas = -1;
    const invalid = await refused(422, apps.createNamespacedDeployment({ namespace, body }));
    assert.equal(invalid.reason, 'Invalid');
    assert.deepEqual(invalid.details.causes.map((cause) => cause.field).sort(), ['spec.replicas', 'spec.template.metadata.labels']);
  },

  async patches() {
    await apps.createNamespacedDeployment({ namespace, body: deployment('patched') });
    const patch = (body, strategy) => apps.patchNamespacedDeployment({ name: 'patched', namespace, body }, as(strategy));
    const images = (found) => Object.fromEntries(found.spec.template.spec.containers.map((one) => [one.name, one.image]));
    const strategic = await patch({ spec: { template: { spec: { containers: [{ name: 'main', image: 'example/app:2' }] } } } }, k8s.PatchStrategy.StrategicMergePatch);
    assert.deepEqual(images(strategic), { main: 'example/app:2', side: 'example/side:1' });
    const merged = await patch({ metadata: { labels: { a: '1', b: '2' } }, spec: { template: { spec: { containers: [{ name: 'main', image: 'example/app:3' }] } } } }, k8s.PatchStrategy.MergePatch);
    assert.deepEqual(images(merged), { main: 'example/app:3' });
    const json = await patch([{ op: 'test', path: '/metadata/labels/a', value: '1' }, { op: 'remove', path: '/metadata/labels/a' }], k8s.PatchStrategy.JsonPatch);
    assert.deepEqual(json.metadata.labels, { b: '2' });
    assert.equal((await refused(422, patch([{ op: 'test', path: '/metadata/labels/b', value: '3' }], k8s.PatchStrategy.JsonPatch))).reason, 'Invalid');
    const scaled = await apps.patchNamespacedDeploymentScale({ name: 'patched', namespace, body: { spec: { replicas: 2 } } }, as(k8s.PatchStrategy.MergePatch));
    assert.equal(scaled.spec.replicas, 2);
    await until('two replicas to be available', async () => (await apps.readNamespacedDeployment({ name: 'patched', namespace })).status.availableReplicas === 2);
  },

  async applying() {
    const apply = (data, manager, force) => objects.patch(configMap('applied', data), undefined, undefined, manager, force, k8s.PatchStrategy.ServerSideApply);
    const first = await apply({ a: '1', b: '1' }, 'first');
    assert.deepEqual(first.metadata.managedFields.map((entry) => [entry.manager, entry.operation]), [['first', 'Apply']]);
    assert.equal((await apply({ a: '1', b: '1' }, 'first')).metadata.resourceVersion, first.metadata.resourceVersion);
    const conflict = await refused(409, apply({ b: '2' }, 'second'));
    assert.deepEqual(conflict.details.causes.map((cause) => [cause.reason, cause.field]), [['FieldManagerConflict', '.data.b']]);
    assert.deepEqual((await apply({ b: '2', c: '2' }, 'second', true)).data, { a: '1', b: '2', c: '2' });
    assert.deepEqual((await apply({}, 'first')).data, { b: '2', c: '2' });
    assert.deepEqual((await refused(422, apply({ a: '1' }, ''))).details.causes.map((cause) => cause.field), ['fieldManager']);
  },

  async pages() {
    for (let i = 0; i < 5; i++) await create(`page-${i}`, {}, { pages: 'yes' });
    const seen = [];
    let _continue;
    do {
      const page = await core.listNamespacedConfigMap({ namespace, labelSelector: 'pages=yes', limit: 2, _continue });
      assert.ok(page.items.length <= 2);
      seen.push(...page.items.map((item) => item.metadata.name));
      _continue = page.metadata._continue;
      assert.equal(page.metadata.remainingItemCount, undefined, 'a list with a selector does not count what remains');
    } while (_continue);
    assert.deepEqual(seen, ['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
    const all = await core.listNamespacedConfigMap({ namespace, limit: 1 });
    assert.equal(all.metadata.remainingItemCount, (await core.listNamespacedConfigMap({ namespace })).items.length - 1);
  },

  async watch() {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const events = [];
    let ended;
    const stop = await new k8s.Watch(config).watch(mapsPath, { resourceVersion: metadata.resourceVersion, labelSelector: 'watched=yes' },
      (type, object) => events.push(`${type} ${object.metadata.name} ${object.data?.a}`), (error) => { ended = error ?? 'closed'; });
    await create('unseen');
    await create('seen', { a: '1' }, { watched: 'yes' });
    const patch = (body) => core.patchNamespacedConfigMap({ name: 'seen', namespace, body }, as(k8s.PatchStrategy.MergePatch));
    await patch({ data: { a: '2' } });
    await patch({ metadata: { labels: { watched: 'no' } } });
    await patch({ metadata: { labels: { watched: 'yes' } } });
    await core.deleteNamespacedConfigMap({ name: 'seen', namespace });
    await until('five events', () => events.length >= 5);
    assert.deepEqual(events, ['ADDED seen 1', 'MODIFIED seen 2', 'DELETED seen 2', 'ADDED seen 2', 'DELETED seen 2']);
    assert.equal(ended, undefined);
    stop.abort();
    await until('the watch to end', () => ended);
  },

  async watch_that_begins_with_what_there_is() {
    await create('streamed', {}, { streamed: 'yes' });
    const events = [];
    const ended = new Promise((resolve) => new k8s.Watch(config).watch(mapsPath,
      { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true, labelSelector: 'streamed=yes', timeoutSeconds: 1 },
      (type, object) => events.push(`${type} ${object.metadata.name ?? object.metadata.annotations['k8s.io/initial-events-end']}`), resolve));
    assert.equal(await ended, null, 'it ends well when its time is over');
    assert.deepEqual(events, ['ADDED streamed', 'BOOKMARK true']);
  },

  async informer_that_is_cut_off() {
    const cluster = config.getCurrentCluster();
    const wire = await Wire.lay(new URL(cluster.server));
    const through = new k8s.KubeConfig();
    through.loadFromFile(file);
    through.clusters = config.clusters.map((one) => ({ ...one, server: `https://127.0.0.1:${wire.port}` }));
    const far = through.makeApiClient(k8s.CoreV1Api);
    let lists = 0;
    const informer = k8s.makeInformer(through, mapsPath, () => { lists++; return far.listNamespacedConfigMap({ namespace, labelSelector: 'informed=yes' }); }, 'informed=yes');
    const told = [];
    for (const verb of ['add', 'update', 'delete']) informer.on(verb, (object) => told.push(`${verb} ${object.metadata.name}`));
    let failures = 0;
    informer.on('error', () => { failures++; });
    await create('kept', { a: '1' }, { informed: 'yes' });
    await create('lost', { a: '1' }, { informed: 'yes' });
    await informer.start();
    await create('new', { a: '1' }, { informed: 'yes' });
    await until('the watch to tell', () => told.includes('add new'));

    // What happens while it is away it is told when it is back, and nothing that it knows already.
    wire.cut();
    await until('the informer to notice', () => failures === 1);
    await core.patchNamespacedConfigMap({ name: 'kept', namespace, body: { data: { a: '2' } } }, as(k8s.PatchStrategy.MergePatch));
    await core.deleteNamespacedConfigMap({ name: 'lost', namespace });
    await informer.start();
    await until('the missed events', () => told.includes('delete lost'));
    assert.deepEqual(told, ['add kept', 'add lost', 'add new', 'update kept', 'delete lost']);
    assert.equal(lists, 1, 'it went on from the last version');
    assert.equal(informer.get('kept', namespace).data.a, '2');
    assert.deepEqual(informer.list(namespace).map((one) => one.metadata.name).sort(), ['kept', 'new']);
    await informer.stop();
    wire.remove();
  },

  async custom_objects() {
    const group = 'shop.example.com';
    const schema = { openAPIV3Schema: { type: 'object', properties: {
      spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', _default: 'red' } } },
      status: { type: 'object', properties: { phase: { type: 'string' } } } } } };
    await config.makeApiClient(k8s.ApiextensionsV1Api).createCustomResourceDefinition({ body: {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `gadgets.${group}` },
      spec: { group, scope: 'Namespaced', names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' },
        versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }] } } });
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const place = { group, version: 'v1', namespace, plural: 'gadgets' };
    await until('the kind to be served', () => custom.listNamespacedCustomObject(place).then(() => true, (error) => { assert.equal(error.code, 404); return false; }));
    const gadget = (name, spec) => ({ apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name, namespace }, spec });
    const made = await custom.createNamespacedCustomObject({ ...place, body: gadget('g', { size: 1 }) });
    assert.deepEqual(made.spec, { size: 1, color: 'red' });
    const invalid = await refused(422, custom.createNamespacedCustomObject({ ...place, body: gadget('none', { size: 0 }) }));
    assert.deepEqual(invalid.details.causes.map((cause) => cause.field), ['spec.size']);
    const item = { ...place, name: 'g' };
    const said = await custom.patchNamespacedCustomObjectStatus({ ...item, body: { spec: { size: 9 }, status: { phase: 'Done' } } }, as(k8s.PatchStrategy.MergePatch));
    assert.deepEqual([said.spec.size, said.status.phase, said.metadata.generation], [1, 'Done', 1]);
    const applied = await objects.patch(gadget('g', { size: 2 }), undefined, undefined, 'checks', true, k8s.PatchStrategy.ServerSideApply);
    assert.deepEqual([applied.spec, applied.status, applied.metadata.generation], [{ size: 2, color: 'red' }, { phase: 'Done' }, 2]);
    assert.equal((await objects.list(`${group}/v1`, 'Gadget', namespace)).items.length, 1);
    await custom.deleteNamespacedCustomObject(item);
    await refused(404, custom.getNamespacedCustomObject(item));
  },

  async lists_of_every_kind() {
    let listed = 0;
    for (const type of Object.entries(k8s).filter(([name]) => /V\d\w*Api$/.test(name)).map(([, type]) => type)) {
      const api = config.makeApiClient(type);
      const served = await api.getAPIResources().then((found) => found.resources, (error) => { assert.equal(error.code, 404); return []; });
      for (const method of Object.getOwnPropertyNames(type.prototype)) {
        // What is not generally available need not be there; what discovery tells must be.
        const [, kind] = /^list(?:Namespaced)?(\w+?)(?:ForAllNamespaces)?$/.exec(method) ?? [];
        if (!served.some((resource) => resource.kind === kind && resource.verbs.includes('list'))) continue;
        const list = await api[method]({ namespace, limit: 1 });
        assert.equal(list.kind, `${kind}List`);
        assert.ok(Array.isArray(list.items) && list.metadata.resourceVersion, method);
        listed++;
      }
    }
    assert.ok(listed > 60, `${listed} lists`);
  },

  async accounts() {
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'robot' } } });
    const { status } = await core.createNamespacedServiceAccountToken({ name: 'robot', namespace, body: { spec: { expirationSeconds: 600 } } });
    const robot = new k8s.KubeConfig();
    robot.loadFromClusterAndUser(config.getCurrentCluster(), { name: 'robot', token: status.token });
    const told = await robot.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    assert.equal(told.status.userInfo.username, `system:serviceaccount:${namespace}:robot`);
    const forbidden = await refused(403, robot.makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace }));
    assert.deepEqual([forbidden.reason, forbidden.details.kind], ['Forbidden', 'secrets']);
    const access = await robot.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: { namespace, verb: 'list', resource: 'secrets' } } } });
    assert.equal(access.status.allowed, false);
  },

  async manifests_and_eviction() {
    const text = `{apiVersion: v1, kind: Pod, metadata: {name: bare, labels: {evicted: 'yes'}}, spec: {containers: [{name: main, image: example/app:1}]}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: bare}, spec: {minAvailable: 1, selector: {matchLabels: {evicted: 'yes'}}}}`;
    const [pod, budget] = k8s.loadAllYaml(text).map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
    await objects.create(pod);
    await objects.create(budget);
    await until('the pod to be ready', async () => (await core.readNamespacedPod({ name: 'bare', namespace })).status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'));
    await until('the budget to count it', async () => (await objects.read(budget)).status?.currentHealthy === 1);
    const evict = () => core.createNamespacedPodEviction({ name: 'bare', namespace, body: { metadata: { name: 'bare', namespace } } });
    const refusal = await refused(429, evict());
    assert.deepEqual([refusal.reason, refusal.details.causes[0].reason], ['TooManyRequests', 'DisruptionBudget']);
    await objects.delete(budget);
    await until('the budget to be gone', async () => (await objects.list('policy/v1', 'PodDisruptionBudget', namespace)).items.length === 0);
    await evict();
    await until('the pod to be gone', () => core.readNamespacedPod({ name: 'bare', namespace }).then(() => false, (error) => error.code === 404));
  },

  async use_of_pods() {
    const metrics = new k8s.Metrics(config);
    await until('the nodes to be measured', async () => (await metrics.getNodeMetrics()).items.length === 3);
    const { items } = await core.listNode();
    assert.deepEqual((await metrics.getNodeMetrics()).items.map((one) => one.metadata.name).sort(), items.map((one) => one.metadata.name).sort());
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const began = Date.now();
  try {
    await check();
    console.log(`ok ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${error.stack ?? error}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
