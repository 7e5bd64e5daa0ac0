import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import { NoAnswerYet } from '../../../gateways/temporal/preflight.js';
import { Problem, unavailable } from '../../http/problems.js';
import type { ApiKind } from '../kind.js';
import { Found, type PreflightView } from '../schemas/preflight.js';

const found = Compile(Found);

/** Longer than a worker takes, and shorter than the command line waits. */
const WAIT_MS = 25_000;
const AGAIN_SECONDS = 5;

/** What a start would do. Throws Problem 404 for a kind without a preflight, 503 while no worker answers; CarryoverError. */
export async function askPreflight(
  temporal: Pick<TemporalClient, 'preflight'>,
  { name: kind, hasPreflight }: ApiKind,
  key: string,
): Promise<Static<typeof PreflightView>> {
  if (hasPreflight !== true) throw new Problem('not-found', `The kind ${kind} has no preflight.`);
  const answer = await temporal.preflight({ kind, subject: key }, WAIT_MS).catch((error: unknown) => {
    if (error instanceof CarryoverError) throw error;
    throw error instanceof NoAnswerYet
      ? unavailable(
          'No worker has answered in time. "carryover system" shows whether workers run.',
          AGAIN_SECONDS,
        )
      : unavailable('Temporal does not answer, so no worker can be asked.', AGAIN_SECONDS, error);
  });
  // A worker of another version may answer.
  if (!found.Check(answer))
    throw unavailable('The worker that answered has a different version from the API.', AGAIN_SECONDS);
  return { kind, key, ...answer };
}
