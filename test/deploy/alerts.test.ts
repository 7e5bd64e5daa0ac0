import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cached } from '../../dev/servers/cached.js';
import { findProgram } from '../../dev/servers/paths.js';
import { FAILURES } from '../../domain/engine/failures/failures.js';
import { FOLDER, panels, rules } from './observability.js';

const OPERATIONS = resolve(import.meta.dirname, '../../docs/operations.md');

/** PROMTOOL, one on the PATH, or the one in Debian's package of Prometheus, which is unpacked into the cache and not installed. */
async function findPromtool(): Promise<string> {
  const own = process.env['PROMTOOL'] ?? findProgram('promtool');
  if (own !== undefined) return own;
  const unpack = async (folder: string) => {
    const command =
      'apt-get download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/promtool';
    const { failed } = await execa('sh', ['-c', command], { cwd: folder, reject: false });
    if (failed)
      throw new Error('This test needs promtool. Install Prometheus, or set PROMTOOL to the program.');
  };
  return join(await cached('promtool', unpack, { log: () => undefined }), 'usr/bin/promtool');
}

describe('the alert rules', () => {
  it('are accepted by Prometheus, and their own tests pass', async () => {
    const promtool = await findPromtool();
    for (const args of [
      ['check', 'rules', 'alerts.yaml'],
      ['test', 'rules', 'alerts.test.yaml'],
    ]) {
      const { exitCode, stdout, stderr } = await execa(promtool, args, { cwd: FOLDER, reject: false });
      expect(exitCode, `${stdout}${stderr}`).toBe(0);
    }
  });

  it('each say what it means and how bad it is, and have a section in the runbook', async () => {
    const anchors = await anchorsOf(OPERATIONS);
    for (const { alert, labels, annotations } of await rules()) {
      expect(labels['severity'], alert).toMatch(/^(critical|warning)$/);
      expect(annotations['summary'], alert).toMatch(/\.$/);
      expect(annotations['description'], alert).toMatch(/\.$/);
      expect(annotations['runbook_url'], alert).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(anchors, alert).toContain(alert.toLowerCase());
    }
  });
});

it('every type of failure has a section in the runbook', async () => {
  const anchors = await anchorsOf(OPERATIONS);
  const missing = Object.keys(FAILURES).filter((type) => !anchors.includes(type.toLowerCase()));
  expect(missing).toEqual([]);
});

describe('the dashboard', () => {
  it('has panels with a title, a description and a query, none over another', async () => {
    const taken = new Set<string>();
    for (const { type, title, description, targets, gridPos } of await panels()) {
      if (type !== 'row') {
        expect(description, title).toMatch(/\.$/);
        expect(targets?.length, title).toBeGreaterThan(0);
      }
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        expect(x).toBeLessThan(24);
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken, title).not.toContain(`${x}/${y}`);
          taken.add(`${x}/${y}`);
        }
      }
    }
  });

  it('has queries that Prometheus can parse', async () => {
    const promtool = await findPromtool();
    const queries = (await panels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const groups = [{ name: 'queries', rules: queries.map((expr, n) => ({ record: `query_${n}`, expr })) }];
    const folder = await mkdtemp(join(tmpdir(), 'carryover-queries-'));
    const file = join(folder, 'queries.json');
    await writeFile(file, JSON.stringify({ groups }));
    const { exitCode, stderr } = await execa(promtool, ['check', 'rules', file], { reject: false });
    await rm(folder, { recursive: true });
    expect(exitCode, stderr).toBe(0);
  });
});

/** Of the headings, as GitHub makes them. */
async function anchorsOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}
