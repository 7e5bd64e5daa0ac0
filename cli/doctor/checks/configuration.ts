import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { readApiEnvironment } from '../../environment/api.js';
import type { Environment } from '../../environment/read.js';
import { readWorkerEnvironment } from '../../environment/worker.js';
import { type Check, ok, wrong } from '../check.js';

/** Whether the API and the worker would start with these variables. */
export const configuration: Check = {
  name: 'configuration',
  advice: 'Set the variables of docs/configuration.md.',
  async run({ environment }) {
    const problems = new Set([
      ...problemsOf(readApiEnvironment, environment),
      ...problemsOf(readWorkerEnvironment, environment),
    ]);
    if (problems.size === 0) return [ok('The API and the worker have all variables.')];
    return [...problems].map((problem) =>
      wrong(
        problem,
        `Set ${/^[A-Z][A-Z0-9_]+/.exec(problem)?.[0] ?? 'it'}; docs/configuration.md has all variables.`,
      ),
    );
  },
};

function problemsOf(
  read: (environment: Environment) => unknown,
  environment: Environment,
): readonly string[] {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
