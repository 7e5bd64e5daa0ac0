import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import type { ApiClient } from '../../engine/api/client.js';
import { type Check, ok, wrong } from '../check.js';

/** The API that the command line talks to: whether it answers, is ready, and accepts the token. */
export function apiCheck(connect: (signal: AbortSignal) => ApiClient): Check {
  return {
    name: 'api',
    advice: 'Check --url or CARRYOVER_URL, and that the API runs: npm run api',
    async run({ signal }) {
      const api = connected(connect, signal);
      if (api instanceof ConfigurationError)
        return api.problems.map((problem) =>
          wrong(problem, 'carryover profile set NAME --url URL --token-stdin'),
        );
      const { details = [] } = await api.get<{ details?: readonly string[] }>('/readyz');
      const ready =
        details.length === 0
          ? ok('The API answers and is ready.')
          : wrong(`The API answers, but: ${details.join(' ')}`, 'See the other checks.');
      await api.get('/v2/kinds');
      return [ready, ok('The API accepts the token.')];
    },
  };
}

function connected(
  connect: (signal: AbortSignal) => ApiClient,
  signal: AbortSignal,
): ApiClient | ConfigurationError {
  try {
    return connect(signal);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}
