import type { Part } from '../frame/part.js';
import { besideImport } from './beside-import.js';
import { lagOfChanges } from './lag.js';
import { passedOver } from './passed-over.js';

/** Measures what following costs: changes of others that are passed over, how late changes show, and the import beside it. */
export const followPart: Part = {
  name: 'follow',
  run: async () => [...(await passedOver()), ...(await lagOfChanges()), ...(await besideImport())],
};
