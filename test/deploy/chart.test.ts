import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { QUEUE_NAMES, TASK_QUEUES } from '../../domain/engine/ids.js';
import { CHART, type Manifest, faultOf, render, type Rendered } from './chart.js';
import { FOLDER, rules } from './observability.js';

const LEAST = {
  image: { repository: 'registry.example/carryover', tag: '0.2.0' },
  secret: { values: { DATABASE_URL: 'postgresql://carryover@postgres/carryover' } },
};
const ALL = {
  ...LEAST,
  secret: { existing: 'carryover-secrets' },
  workers: { draining: ['0.1.0'] },
  keda: { enabled: true, authentication: 'temporal-cloud' },
  monitoring: { enabled: true, runbooks: 'https://docs.example/' },
  api: { ingress: { enabled: true, tlsSecret: 'tls' } },
};

let least: Rendered;
let all: Rendered;
beforeAll(async () => {
  const [alerts, dashboard] = await Promise.all(
    ['alerts.yaml', 'dashboard.json'].map((name) => readFile(join(FOLDER, name), 'utf8')),
  );
  const monitoring = { ...ALL.monitoring, alerts, dashboard };
  [least, all] = await Promise.all([render(LEAST), render({ ...ALL, monitoring })]);
});

const ofKind = ({ manifests }: Rendered, ...kinds: readonly string[]): readonly Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind));
const named = (of: Rendered, kind: string, name: string): Manifest => {
  const found = ofKind(of, kind).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found;
};
const podOf = ({ spec }: Manifest) => spec.template.spec;
const environmentOf = (manifest: Manifest): Record<string, string> =>
  Object.fromEntries(
    (podOf(manifest).containers[0].env ?? []).map(({ name, value }: { name: string; value: string }) => [
      name,
      value,
    ]),
  );

it('is accepted by helm lint --strict, and by the schemas of Kubernetes, with the fewest values and with all', () => {
  for (const rendered of [least, all]) {
    expect(rendered.faults).toEqual([]);
    expect(rendered.manifests.flatMap((manifest) => faultOf(manifest) ?? [])).toEqual([]);
    expect(rendered.manifests.length).toBeGreaterThan(15);
  }
  const broken = structuredClone(named(least, 'Deployment', 'carryover-api'));
  broken.spec.replicas = 'two';
  expect(faultOf(broken)).toContain('replicas');
});

it.each([
  ['a value that there is not', { ...LEAST, replicas: 3 }, 'replicas'],
  ['a value of another type', { ...LEAST, api: { replicas: 'two' } }, 'replicas'],
  ['a queue that there is not', { ...LEAST, workers: { queues: { import: { replicas: 1 } } } }, 'import'],
  ['no store', { ...LEAST, secret: { values: { AUTH_JWT_SECRET: 'x' } } }, 'DATABASE_URL'],
])('names %s', async (_what, values, word) => {
  await expect(render(values)).rejects.toThrow(word);
});

it('serves every task queue, each by a Deployment of its own, that KEDA scales by the queue of that name', () => {
  const served = ofKind(least, 'Deployment').map((each) => environmentOf(each)['WORKER_QUEUES']);
  expect(served.filter((queue) => queue !== undefined).toSorted()).toEqual(QUEUE_NAMES.toSorted());
  for (const { spec } of ofKind(all, 'ScaledObject')) {
    expect(Object.values(TASK_QUEUES)).toContain(spec.triggers[0].metadata.taskQueue);
    const target = named(all, 'Deployment', spec.scaleTargetRef.name);
    expect(target.spec.replicas).toBeUndefined();
    expect(`carryover-${environmentOf(target)['WORKER_QUEUES']}`).toBe(spec.triggers[0].metadata.taskQueue);
  }
  expect(ofKind(all, 'ScaledObject').length).toBeGreaterThan(0);
});

it('keeps the workers of a version that drains as they were, and promotes the new one', async () => {
  const before = await render({ ...LEAST, image: { ...LEAST.image, tag: '0.1.0' } });
  for (const queue of QUEUE_NAMES) {
    const name = `carryover-${queue}-0-1-0`;
    const [then, now] = [named(before, 'Deployment', name), named(all, 'Deployment', name)];
    expect(now.spec.selector).toEqual(then.spec.selector);
    expect(podOf(now).containers[0].image).toBe('registry.example/carryover:0.1.0');
    expect(environmentOf(now)['WORKER_DEPLOYMENT']).toBe('carryover');
  }
  const promote = named(all, 'Job', 'carryover-promote');
  expect(podOf(promote).containers[0]).toMatchObject({
    image: 'registry.example/carryover:0.2.0',
    args: expect.arrayContaining(['workers', 'promote']),
  });
});

it('replaces workers in place when they have no versions', async () => {
  const rendered = await render({ ...LEAST, workers: { deployment: '', draining: ['0.1.0'] } });
  expect(
    ofKind(rendered, 'Deployment')
      .map(({ metadata }) => metadata.name)
      .toSorted(),
  ).toEqual(['carryover-api', ...QUEUE_NAMES.map((queue) => `carryover-${queue}`)].toSorted());
  expect(ofKind(rendered, 'Job').map(({ metadata }) => metadata.name)).toEqual(['carryover-migrate']);
});

it('migrates the schema before anything else of a version starts', () => {
  for (const rendered of [least, all]) {
    const job = named(rendered, 'Job', 'carryover-migrate');
    expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    const [source] = podOf(job).containers[0].envFrom;
    const made = ofKind(rendered, 'Secret').find(({ metadata }) => metadata.name === source.secretRef.name);
    // Either somebody else's, or made before the job.
    if (rendered === least) expect(made?.metadata.annotations?.['helm.sh/hook']).toContain('pre-install');
    else expect(source.secretRef.name).toBe('carryover-secrets');
  }
});

it('lets no process run as root or write to its image, and asks for what each needs', () => {
  for (const manifest of ofKind(all, 'Deployment', 'Job')) {
    const { securityContext, containers } = podOf(manifest);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const container of containers) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.anything() },
        limits: { memory: expect.anything() },
      });
      if (manifest.kind !== 'Deployment') continue;
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        expect(container[probe], `${manifest.metadata.name} ${probe}`).toBeDefined();
      expect(podOf(manifest).topologySpreadConstraints).toHaveLength(2);
    }
  }
});

it('selects only existing pods', () => {
  const pods = ofKind(all, 'Deployment').map(({ spec }) => spec.template.metadata.labels);
  const selectors = [
    ...ofKind(all, 'PodDisruptionBudget', 'Deployment', 'PodMonitor').map(
      ({ spec }) => spec.selector.matchLabels,
    ),
    ...ofKind(all, 'NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
    ...ofKind(all, 'Service').map(({ spec }) => spec.selector),
  ];
  expect(selectors.length).toBeGreaterThan(15);
  for (const selector of selectors)
    expect(
      pods.filter((labels) => Object.entries(selector).every(([name, value]) => labels[name] === value))
        .length,
      JSON.stringify(selector),
    ).toBeGreaterThan(0);
  // Each Deployment has pods of its own.
  const own = ofKind(all, 'Deployment').map(({ spec }) => JSON.stringify(spec.selector.matchLabels));
  expect(new Set(own).size).toBe(own.length);
});

it('names the jobs and brings the alerts as the rules expect them', async () => {
  const relabelled = ofKind(all, 'ServiceMonitor', 'PodMonitor').map(
    ({ spec }) => (spec.endpoints ?? spec.podMetricsEndpoints)[0].relabelings[0].replacement,
  );
  expect(relabelled).toEqual(['carryover-api', 'carryover-worker']);
  const [rule] = ofKind(all, 'PrometheusRule');
  const alerts = rule?.spec.groups.flatMap((group: { rules: { alert: string }[] }) => group.rules);
  expect(alerts.map(({ alert }: { alert: string }) => alert)).toEqual(
    (await rules()).map(({ alert }) => alert),
  );
  for (const { annotations } of alerts)
    expect(annotations.runbook_url).toMatch(/^https:\/\/docs\.example\/docs\/operations\.md#/);
});

it('sets no variable that the processes do not know', async () => {
  const known = await readFile(join(CHART, '../../docs/configuration.md'), 'utf8');
  const { env } = parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as {
    env: Record<string, string>;
  };
  const set = ofKind(all, 'Deployment', 'Job').flatMap((each) => Object.keys(environmentOf(each)));
  for (const name of new Set([...set, ...Object.keys(env)])) expect(known, name).toContain(`\`${name}\``);
});
