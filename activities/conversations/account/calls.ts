import type { CallDependencies } from './call-dependencies.js';
import { followPort } from './porting.js';
import { provisionBrand } from './provision-brand.js';
import { startPorts } from './start-ports.js';
import type { CallActivities } from '../types.js';

/** The activities of the task queue `calls`. */
export function createCallActivities(deps: CallDependencies): CallActivities {
  return {
    provisionBrand: (input) => provisionBrand(deps, input),
    startPorts: (input) => startPorts(deps, input),
    followPort: (input) => followPort(deps, input),
  };
}
