/** Before every test file: waits give up after five minutes, not after Vitest’s second, which is short on a busy machine. The limit ends a test that hangs. */

import { vi } from 'vitest';

const TIMEOUT_MS = 300_000;

type Options = number | { timeout?: number; interval?: number } | undefined;
const patient = (options: Options) =>
  typeof options === 'number' ? options : { timeout: TIMEOUT_MS, ...options };

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));
