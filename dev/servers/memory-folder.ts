import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

const IN_MEMORY = '/dev/shm';
/** A container often has 64 MB there. */
const NEEDED_BYTES = 3 * 1024 ** 3;

/**
 * A folder for data that need not outlive its process: in memory if there is room, otherwise in the temporary folder. A database has hundreds of
 * files; creating and removing them on a disk costs more than all queries of a test.
 */
export async function memoryFolder(): Promise<string> {
  const free = await statfs(IN_MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free < NEEDED_BYTES ? tmpdir() : IN_MEMORY;
}
