import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../dev/servers/json-file.js';
import { projectRoot } from '../dev/servers/paths.js';
import { isAlive, type ProcessIdentity } from '../dev/servers/processes.js';

/** What a running `npm start` writes to its data folder, so that `carryover` finds it. */
export interface Demo {
  readonly url: string;
  /** An admin's token. */
  readonly token: string;
  /** The variables of its API and worker. */
  readonly environment: Readonly<Record<string, string>>;
  readonly process: ProcessIdentity;
}

/** The default data folder of `npm start`. */
export function demoFolder(): string {
  return join(projectRoot(), '.carryover');
}

const fileIn = (folder: string) => join(folder, 'demo.json');

export function writeDemo(folder: string, demo: Demo): void {
  writeJson(fileIn(folder), demo, { mode: 0o600 });
}

export function removeDemo(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/** The demo that runs in this folder, if any; ignores the remains of a killed one. */
export function runningDemo(folder: string): Demo | undefined {
  const demo = readJson(fileIn(folder)) as Demo | undefined;
  return demo !== undefined && isAlive(demo.process) ? demo : undefined;
}
