/**
 * Before every test file: keeps Temporal's SDK from slowing down all later tests of the process.
 *
 * 1. A closed connection disables its AsyncLocalStorage. The SDK leaves it enabled, and Node 20 visits each enabled one for each promise.
 * 2. Workflows that run in this thread do not trace promises for the Web UI's stack traces. The SDK's hook evaluates a function for each promise of the
 *    process, and is never removed.
 */

import type { AsyncLocalStorage } from 'node:async_hooks';
import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';

interface Closable {
  readonly callContextStorage: AsyncLocalStorage<unknown>;
  close(): Promise<void>;
}

const patched = Symbol.for('carryover.disablesItsStorage');

for (const { prototype } of [Connection, NativeConnection] as unknown as { prototype: Closable }[]) {
  if (Object.hasOwn(prototype, patched)) continue;
  Object.defineProperty(prototype, patched, { value: true });
  const { close } = prototype;
  prototype.close = async function (this: Closable) {
    try {
      await close.call(this);
    } finally {
      this.callContextStorage.disable();
    }
  };
}

Object.assign(globalHandlers, { setPromiseHook: () => undefined });
