/** The options that make workers and clients encrypt and decrypt alike. */

import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './codec.js';
import type { PayloadKeys } from './keys.js';

/**
 * The option `dataConverter` of Worker and Client. Undefined without keys, the SDK's default: nothing is encrypted. Workflow code runs in a bundle
 * and also needs `readWorkflowBundle`.
 */
export function dataConverter(keys: PayloadKeys): DataConverter;
export function dataConverter(keys: PayloadKeys | undefined): DataConverter | undefined;
export function dataConverter(keys: PayloadKeys | undefined): DataConverter | undefined {
  if (keys === undefined) return undefined;
  return {
    payloadCodecs: [new EncryptionCodec(keys)],
    failureConverterPath: fileURLToPath(new URL('failure-converter.cjs', import.meta.url)),
  };
}
