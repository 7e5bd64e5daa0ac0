import type { Part } from '../frame/part.js';
import { lagOfChanges } from './lag.js';
import { passedOver } from './passed-over.js';

/** Measures what following costs: changes of others that are passed over, and how late changes show. */
export const followPart: Part = {
  name: 'follow',
  run: async () => [...(await passedOver()), ...(await lagOfChanges())],
};
