/** The faults by name, apart from what injects them: help and completion load no server. */
export const FAULT_NAMES = [
  'kill-worker',
  'lose-lease',
  'cut-store',
  'throttle-source',
  'forge-callback',
  'poison-record',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];
