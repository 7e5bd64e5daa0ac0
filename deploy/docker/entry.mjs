/** `api`, `worker`, or `carryover` with its arguments, in this process: signals reach it, and the exit status is its own. */

import { setFlagsFromString } from 'node:v8';

const PROGRAMS = ['api', 'worker', 'carryover'];
const [program] = process.argv.splice(2, 1);
if (!PROGRAMS.includes(program)) {
  process.stderr.write(`There is no program ${program}. The programs are ${PROGRAMS.join(', ')}.\n`);
  process.exit(64);
}
// As in `npm run worker`.
if (program === 'worker') setFlagsFromString('--max-semi-space-size=8');
await import(`../../dist/processes/${program}.js`);
