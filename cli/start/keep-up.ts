import pc from 'picocolors';
import type { Clock } from '../../domain/engine/clock.js';
import type { ProgressDisplay } from '../conversations/progress/display.js';
import { startChild } from './child-process.js';
import type { Closing } from './closing.js';
import { processEnvironment, type StartedWorld } from './environments.js';

/** A process that dies before this age would only die again. */
const SHORT_LIFE_MILLISECONDS = 5_000;

export interface KeptUp {
  /** The id of the current process. */
  readonly pid: () => number;
}

interface Means {
  readonly closing: Closing;
  readonly display: ProgressDisplay;
  readonly clock: Clock;
}

/**
 * Starts one of Carryover's processes and restarts it when it is killed or crashes, as a supervisor would; the display says so. A process
 * that dies within five seconds ends everything.
 */
export function keepUp(
  program: 'api' | 'worker',
  world: StartedWorld,
  { closing, display, clock }: Means,
): KeptUp {
  const { folder } = world.home;
  const start = () => {
    const begun = clock.elapsed();
    const child = startChild({
      clock,
      program,
      // All programs are bundled into one folder.
      folder: import.meta.dirname,
      environment: processEnvironment(world),
      logFile: folder.logFile(program),
      onExit(what) {
        if (clock.elapsed() - begun < SHORT_LIFE_MILLISECONDS) return closing.ask(what);
        current = start();
        display.note(`${pc.yellow('!')} ${what}. It is restarted as process ${current.pid}.`);
      },
    });
    folder.started({ ...child.identity, name: program, stopSignal: 'SIGTERM' });
    return child;
  };
  let current = start();
  closing.later(current.name, () => current.stop());
  return { pid: () => current.pid };
}
