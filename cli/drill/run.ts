import { addAccount } from '../../dev/sample/add-account.js';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { readEnvFile } from '../environment/env-file.js';
import type { Printer, Printing } from '../engine/terminal/output.js';
import { CommandError, EXIT, print, type Terminal } from '../engine/terminal/terminal.js';
import type { Drilled } from './drilled.js';
import type { Fault } from './fault.js';
import { FAULTS } from './faults/table.js';
import { conclusionOf, headOf, linesOf } from './lines.js';
import { Progress } from './progress.js';
import { Scene } from './scene.js';
import { openScratch, type Scratch } from './scratch.js';
import { encryptionOf, settingsOf } from './settings.js';

export interface DrillCommand extends Printing {
  readonly envFile?: string;
  readonly only?: readonly string[];
}

export interface Drilling {
  readonly terminal: Terminal;
  readonly printer: Printer;
  /** Default: Carryover's. */
  readonly faults?: readonly Fault[];
  /** Where `api.js` and `worker.js` are; default: the folder into which all programs are bundled. */
  readonly programs?: string;
}

/**
 * Brings up a scratch copy of the installation, injects one fault after the other into a migration of its own, and proves that nothing was lost,
 * doubled or invented. Returns the exit status: fine if all passed. It always stops and removes everything that it started.
 */
export async function drill(
  { envFile, only = [] }: DrillCommand,
  { terminal, printer, faults = FAULTS, programs = import.meta.dirname }: Drilling,
): Promise<number> {
  const { clock, signal } = terminal;
  const chosen = only.length === 0 ? faults : faults.filter(({ name }) => only.includes(name));
  const environment = {
    ...terminal.environment,
    ...(envFile === undefined ? {} : await readEnvFile(envFile)),
  };
  const settings = settingsOf(environment);
  const copied = { ...settings, ...encryptionOf(environment) };
  const progress = new Progress(terminal);
  const isForPeople = !printer.isForPrograms;
  if (isForPeople) print(printer.out, ...headOf(settings, printer));
  const scratch = await openScratch({
    ...{ settings: copied, programs, signal, clock },
    say: (message) => progress.show('Servers and processes', message),
  }).catch((error: unknown) => {
    progress.clear();
    throw signal.aborted ? error : missing(error);
  });
  const results: Drilled[] = [];
  let keepLogs = false;
  try {
    for (const [place, fault] of chosen.entries()) {
      const result = await drilled(fault, place + 1, scratch, terminal, progress);
      results.push(result);
      keepLogs ||= !result.passed;
      progress.clear();
      if (isForPeople) print(printer.out, ...linesOf(result, printer));
    }
  } finally {
    progress.show('Servers and processes', 'ending and removing everything');
    await scratch.close(keepLogs);
    progress.clear();
  }
  const passed = results.every((result) => result.passed);
  const logs = keepLogs ? scratch.folder : null;
  if (isForPeople) print(printer.out, '', ...conclusionOf(results, logs));
  else await printer.data({ passed, settings, logs, faults: results });
  return passed ? EXIT.fine : EXIT.failed;
}

async function drilled(
  fault: Fault,
  seed: number,
  scratch: Scratch,
  { clock, signal }: Terminal,
  progress: Progress,
): Promise<Drilled> {
  const { name, title } = fault;
  const begun = clock.elapsed();
  const say = (message: string): void => progress.show(title, message);
  const told = (of: Pick<Drilled, 'passed' | 'seen' | 'explained' | 'problem' | 'next_step'>): Drilled => ({
    ...{ name, title, ...of },
    seconds: Math.round((clock.elapsed() - begun) / 100) / 10,
  });
  let scene: Scene | undefined;
  try {
    say('writing an account');
    const account = await addAccount(scratch, {
      ...fault.account,
      ...{ seed, accountId: `acc_${name.replaceAll('-', '_')}` },
    });
    scene = new Scene(scratch, account, clock, say);
    const done = await fault.inject(scene);
    await scene.untilDone();
    const proof = await scene.prove();
    const seen = `${done.charAt(0).toUpperCase()}${done.slice(1)}. ${proof}.`;
    return told({ passed: true, seen, explained: scene.explained, problem: null, next_step: null });
  } catch (error) {
    signal.throwIfAborted();
    return told({
      ...{ passed: false, seen: null, explained: scene?.explained ?? null },
      problem: (error as Error).message,
      next_step: `Do not migrate with this build and these settings before it passes. ${scratch.folder}/logs says what API and worker did; repeat it with: carryover drill --only ${name}`,
    });
  } finally {
    await scene?.leave();
    if (!signal.aborted) await scratch.calm();
  }
}

/** Servers that cannot be had here. */
function missing(error: unknown): Error {
  const words = (error as Error)?.message ?? String(error);
  const advice = `${words}\nThe drill runs PostgreSQL, Temporal and DynamoDB on this machine. Run it in a checkout where "npm ci" has installed what "npm start" needs; the image has no servers.`;
  return error instanceof ConfigurationError ? new ConfigurationError([advice]) : new CommandError(advice);
}
