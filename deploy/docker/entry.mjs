/** `api`, `worker`, or `carryover` with its arguments, in this process: signals reach it, and the exit status is its own. */

const PROGRAMS = ['api', 'worker', 'carryover'];
const [program] = process.argv.splice(2, 1);
if (!PROGRAMS.includes(program)) {
  process.stderr.write(`There is no program ${program}. The programs are ${PROGRAMS.join(', ')}.\n`);
  process.exit(64);
}
await import(`../../dist/processes/${program}.js`);
