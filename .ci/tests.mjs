/**
 * Runs `npm test`; then the tests with faults, which mostly wait, beside those of what is shipped and the store's on PostgreSQL 15. A file that failed is run once more, alone, after everything else has ended:
 * what passes then counts as passed and is named as unstable. The last line is `N passed, N failed`, and nothing but 0 failed
 * ends with status 0. A run without results, or in which nothing was run, has failed, whatever it says.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, , postgres15, ...only] = process.argv;
/** With more than this, something is broken that a repetition only makes slower to see. */
const MOST_REPEATED = 12;

/** What runs every statement of the store; reading dumps and cutting slices add none. */
const IMPORTS = ['truth', 'copies', 'quarantine', 'digests', 'check', 'cleanup'];
const STORE_TESTS = [
  'test/gateways/store',
  'test/activities/engine/import-lanes',
  ...IMPORTS.map((name) => `test/activities/conversations/import/import-${name}`),
  'test/activities/conversations/import/complete-phase',
  'test/activities/conversations/import/helpdesk-edits',
  'test/activities/conversations/operations/retry-quarantined',
  'test/activities/conversations/verification/verification.test',
];

const suites = [
  { name: 'tests of the sources', command: ['npm', 'test', '--'], filters: only, environment: {} },
  { name: 'faults', command: ['npm', 'run', 'test:faults', '--'], filters: only, environment: {} },
  {
    name: 'what is shipped',
    command: ['npm', 'run', 'test:shipped', '--'],
    filters: only,
    isBeside: true,
    environment: {},
  },
  {
    name: "the store's tests on PostgreSQL 15",
    command: ['npm', 'test', '--'],
    filters: only.length > 0 ? only : STORE_TESTS,
    isBeside: true,
    environment: { CARRYOVER_POSTGRES_BIN: postgres15 },
  },
];

const [tests, ...others] = suites;
const first = await run(tests, tests.filters);
const runs = [
  { suite: tests, ...first },
  ...(await Promise.all(others.map(async (suite) => ({ suite, ...(await run(suite, suite.filters)) })))),
];
const failedFiles = runs.flatMap(({ suite, files }) =>
  [...files].filter(([, { failed }]) => failed > 0).map(([file]) => ({ suite, file })),
);
const unstable = [];
for (const failure of failedFiles.length > MOST_REPEATED ? [] : failedFiles) {
  if (await passesAlone(failure)) unstable.push(failure);
}
const totals = runs.map(totalOf);
const passed = totals.reduce((sum, total) => sum + total.passed, 0);
const failed = totals.reduce((sum, total) => sum + total.failed, 0);
for (const { suite, file } of failedFiles) {
  if (!unstable.some((each) => each.suite === suite && each.file === file)) {
    console.log(`failed: ${file} (${suite.name})`);
  }
}
for (const { suite, file } of unstable) console.log(`unstable: ${file} (${suite.name})`);
for (const [index, { suite }] of runs.entries()) {
  console.log(`${suite.name}: ${totals[index].passed} passed, ${totals[index].failed} failed`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** The files' counts by path, and how many failures belong to no file. A suite that runs beside another says at its end what it has to say. */
async function run({ name, command, environment, isBeside = false }, filters) {
  const folder = mkdtempSync(join(tmpdir(), 'carryover-ci-'));
  const results = join(folder, 'results.json');
  const [program, ...args] = command;
  const child = spawn(
    program,
    // Of the files that were asked for, a suite may have none.
    [
      ...[...args, ...filters, '--reporter=default', '--reporter=./.ci/reporter.mjs'],
      ...(only.length > 0 ? ['--passWithNoTests'] : []),
    ],
    {
      stdio: isBeside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      env: { ...process.env, ...environment, CARRYOVER_CI_RESULTS: results },
    },
  );
  const title = `\n— ${name}${filters.length === 1 ? `: ${filters[0]}` : ''}\n`;
  const said = [Buffer.from(title)];
  if (!isBeside) process.stdout.write(title);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
  try {
    const [status] = await once(child, 'close');
    if (isBeside) process.stdout.write(Buffer.concat(said));
    const counted = JSON.parse(readFileSync(results, 'utf8'));
    const files = new Map(counted.files);
    const failures = [...files.values()].reduce((sum, file) => sum + file.failed, counted.strays);
    const tests = [...files.values()].reduce((sum, file) => sum + file.passed, failures);
    const unexplained = (tests === 0 && only.length === 0) || (status !== 0 && failures === 0);
    if (unexplained)
      console.error(`${name}: ${tests === 0 ? 'no test was run' : 'the run failed, no test did'}.`);
    return { files, strays: counted.strays + (unexplained ? 1 : 0) };
  } catch (problem) {
    console.error(`${name}: ${String(problem)}`);
    return { files: new Map(), strays: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the counts of the repetition in the place of the first ones. */
async function passesAlone({ suite, file }) {
  const again = await run(suite, [file]);
  const counts = again.files.get(file);
  if (counts === undefined) return false;
  runs
    .find((each) => each.suite === suite)
    .files.set(file, {
      passed: counts.passed,
      failed: counts.failed + again.strays,
    });
  return counts.failed + again.strays === 0;
}

function totalOf({ files, strays }) {
  return [...files.values()].reduce(
    (sum, file) => ({ passed: sum.passed + file.passed, failed: sum.failed + file.failed }),
    { passed: 0, failed: strays },
  );
}
