/**
 * `npm run bench [part…]`: measures the named parts, or all that do not ask to be named, and prints one Markdown table. Progress goes to standard
 * error. A part that fails becomes a row with the reason; the others are still measured, and the exit status is 1.
 */
import { machineDescription } from './frame/machine.js';
import type { Part, Row } from './frame/part.js';
import { markdownTable } from './frame/table.js';
import { commandLinePart } from './command-line/part.js';
import { dashboardsPart } from './dashboards/part.js';
import { dumpPart } from './dump/part.js';
import { followPart } from './follow/part.js';
import { governorPart } from './governor/part.js';
import { growthPart } from './growth/part.js';
import { importPart } from './import/part.js';
import { inboxKillsPart } from './kills/inbox.js';
import { inboxGrowthPart } from './inbox/growth.js';
import { inboxPart } from './inbox/part.js';
import { killsPart } from './kills/part.js';
import { onboardingPart } from './onboarding/part.js';
import { onboardingKillsPart } from './kills/onboarding.js';
import { peersPart } from './peers/part.js';
import { pollPart } from './poll/part.js';
import { portsPart } from './ports/part.js';
import { shapesPart } from './shapes/part.js';
import { giantPart } from './many-accounts/giant.js';
import { manyAccountsPart } from './many-accounts/many.js';
import { simulatePart } from './simulate/part.js';
import { tinyCallPart } from './tiny-call/part.js';
import { twoWorkersPart } from './two-workers/part.js';
import { emptySharedSource, endSharedStack } from './world/stack.js';

const PARTS: readonly Part[] = [
  importPart,
  peersPart,
  shapesPart,
  growthPart,
  twoWorkersPart,
  dumpPart,
  tinyCallPart,
  manyAccountsPart,
  giantPart,
  portsPart,
  pollPart,
  followPart,
  commandLinePart,
  dashboardsPart,
  governorPart,
  simulatePart,
  killsPart,
  inboxPart,
  inboxGrowthPart,
  inboxKillsPart,
  onboardingPart,
  onboardingKillsPart,
];

async function main(): Promise<number> {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no part ${unknown.join(', ')}; there are ${PARTS.map(({ name }) => name).join(', ')}.`,
    );
    return 64;
  }
  const machine = machineDescription();
  const rows: (Row & { part: string })[] = [];
  let failed = false;
  const isMeant = ({ name, onlyWhenNamed }: Part) =>
    names.length === 0 ? onlyWhenNamed !== true : names.includes(name);
  for (const part of PARTS.filter(isMeant)) {
    console.error(`\n${part.name}`);
    try {
      const measured = (await part.run()).map((row) => ({ part: part.name, ...row }));
      rows.push(...measured);
      console.error(markdownTable(measured));
    } catch (error) {
      failed = true;
      console.error(error);
      rows.push({ part: part.name, what: 'failed', measured: '–', note: String(error).split('\n')[0] ?? '' });
    }
    await emptySharedSource();
  }
  console.log(`\n${machine}\n\n${markdownTable(rows)}`);
  return failed ? 1 : 0;
}

try {
  process.exitCode = await main();
} finally {
  await endSharedStack();
}
