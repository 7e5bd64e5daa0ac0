/** Before every test file: what is waited for may take ten seconds. The second that vitest waits by itself is short where others are at work. */

import { vi } from 'vitest';

const TIMEOUT_MS = 10_000;

type Options = number | { timeout?: number; interval?: number } | undefined;
const patient = (options: Options) =>
  typeof options === 'number' ? options : { timeout: TIMEOUT_MS, ...options };

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));
