import { withFailures } from '../../engine/failures.js';
import type { CallDependencies } from './call-dependencies.js';
import { followPort } from './porting.js';
import { prepareAccount } from './prepare-account.js';
import { provisionBrand } from './provision-brand.js';
import { startPorts } from './start-ports.js';
import * as failures from './record-failure.js';
import type { CallActivities } from '../types.js';

/** The activities of the task queue `calls`. Their errors leave as ApplicationFailures. */
export function createCallActivities(deps: CallDependencies): CallActivities {
  const activities: CallActivities = {
    prepareAccount: (input) => prepareAccount(deps, input),
    provisionBrand: (input) => provisionBrand(deps, input),
    startPorts: (input) => startPorts(deps, input),
    recordBrandFailure: (input) => failures.recordBrandFailure(deps, input),
    recordAccountFailure: (input) => failures.recordAccountFailure(deps, input),
    recordCancellation: (input) => failures.recordCancellation(deps, input),
    followPort: (input) => followPort(deps, input),
  };
  return withFailures(activities, deps.logger);
}
