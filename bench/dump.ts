/**
 * How fast a dump in S3 is imported, beside the best plain script. Run: `npm run build && node --max-semi-space-size=64 dist/bench/dump.js`;
 * `BENCH_MESSAGES` and `BENCH_ROUNDS` make it shorter.
 */
import { dumpPart } from './dump/part.js';
import { machineDescription } from './frame/machine.js';
import { markdownTable } from './frame/table.js';
import { endSharedStack } from './world/stack.js';

try {
  const rows = await dumpPart.run();
  console.log(
    `\n${machineDescription()}\n\n${markdownTable(rows.map((row) => ({ part: dumpPart.name, ...row })))}`,
  );
} finally {
  await endSharedStack();
}
