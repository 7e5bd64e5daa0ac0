/**
 * The failure converter in the workflow bundle, which is built once and runs with and without encryption. The loader of the bundle decides whether
 * messages and stack traces go into a payload (see workflow-bundle.ts).
 */

import { DefaultFailureConverter } from '@temporalio/common';
import { FAILURES_ARE_ENCODED } from './failures-are-encoded.js';

export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: Reflect.get(globalThis, FAILURES_ARE_ENCODED) === true,
});
