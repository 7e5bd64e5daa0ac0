import type { Fault } from '../fault.js';
import type { FaultName } from '../names.js';
import { cutStore } from './cut-store.js';
import { forgeCallback } from './forge-callback.js';
import { killWorker } from './kill-worker.js';
import { loseLease } from './lose-lease.js';
import { poisonRecord } from './poison-record.js';
import { throttleSource } from './throttle-source.js';

const TABLE = {
  'kill-worker': killWorker,
  'lose-lease': loseLease,
  'cut-store': cutStore,
  'throttle-source': throttleSource,
  'forge-callback': forgeCallback,
  'poison-record': poisonRecord,
} satisfies Record<FaultName, Fault>;

/** Everything that is drilled, in this order. */
export const FAULTS: readonly Fault[] = Object.values(TABLE);
