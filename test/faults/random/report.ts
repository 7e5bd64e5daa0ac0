import { writeFile } from 'node:fs/promises';

/** Prints the report, and leaves it in the file that CARRYOVER_KILLS_REPORT names. */
export async function publish(report: object): Promise<void> {
  console.log(JSON.stringify(report));
  const file = process.env['CARRYOVER_KILLS_REPORT'];
  if (file !== undefined) await writeFile(file, JSON.stringify(report));
}
