import type { LooseItem } from '../../contract.js';
import type { Workshop } from '../thread.js';
import type { PlantedRecord } from './names.js';

export interface PlantedDirt {
  threads: LooseItem[];
  messages: LooseItem[];
  planted: PlantedRecord[];
}

export function plantDirt(_workshop: Workshop): PlantedDirt {
  return { threads: [], messages: [], planted: [] };
}
