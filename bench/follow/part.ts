import type { Part } from '../frame/part.js';
import { besideImport } from './beside-import.js';
import { lagOfChanges } from './lag.js';
import { passedOver } from './passed-over.js';

/** Measures what following costs: skipping changes of others, the delay of changes, and the effect on an import beside it. */
export const followPart: Part = {
  name: 'follow',
  run: async () => [...(await passedOver()), ...(await lagOfChanges()), ...(await besideImport())],
};
