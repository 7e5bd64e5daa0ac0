import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { execa } from 'execa';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export interface Chromium {
  /** Its output; the reason of its end, if it has ended. */
  readonly log: () => string;
  close(): Promise<void>;
}

/** Opens a page in a Chromium of its own, without a window. */
export async function openChromium(url: string): Promise<Chromium> {
  const program = await findChromium();
  const profile = await mkdtemp(join(tmpdir(), 'carryover-chromium-'));
  const flags = ['--headless=new', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  // Root may not use Chromium's sandbox.
  if (process.getuid?.() === 0) flags.push('--no-sandbox');
  const child = execa(program, [...flags, `--user-data-dir=${profile}`, url], {
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  let log = '';
  child.all.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return {
    log: () => log,
    async close() {
      child.kill('SIGTERM');
      await child;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** CARRYOVER_CHROMIUM, one on the PATH, or Debian's package, which root installs. Throws an Error that says what to do. */
export async function findChromium(): Promise<string> {
  const own = process.env['CARRYOVER_CHROMIUM'];
  if (own !== undefined) return own;
  const found = onPath();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) await install();
  const installed = onPath();
  if (installed === undefined)
    throw new Error(
      'This test needs Chromium. Install it (Debian: apt-get install chromium), or set CARRYOVER_CHROMIUM to its program.',
    );
  return installed;
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) =>
    existsSync(path),
  );
}

async function install(): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await execa('apt-get', ['update', '-qq'], { env });
  await execa('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
}
