import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Refused } from '../../gateways/chatwoot/requests.js';
import { CarryoverError, FAILURES } from '../../domain/engine/failures/failures.js';
import { Problem, problemOfFailure } from '../http/problems.js';

/** Refusals of Chatwoot users' requests, in Chatwoot's own statuses and shapes. */
export class ChatwootRefusal extends Error {
  override readonly name = 'ChatwootRefusal';

  constructor(
    readonly status: 401 | 403 | 404 | 422,
    message: string,
    /** As Chatwoot answers a request without a token. */
    readonly isList = false,
  ) {
    super(message);
  }

  get body(): object {
    return this.isList ? { errors: [this.message] } : { error: this.message };
  }
}

export function notFound(): ChatwootRefusal {
  return new ChatwootRefusal(404, 'Resource could not be found');
}

/** What the gateway refuses. */
export function refusalOf({ refused, message }: Refused): ChatwootRefusal {
  switch (refused) {
    case 'unknown':
      return notFound();
    case 'source':
      return new ChatwootRefusal(403, message);
    case 'destination':
    case 'preview':
    case 'database':
    case 'ended':
      return new ChatwootRefusal(422, message);
  }
}

/** Answers every error of these routes as `{"error": …}`. */
export function answerRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ChatwootRefusal) return reply.code(error.status).send(error.body);
  const problem = problemOf(error);
  if (problem.status >= 500) request.log.error({ err: problem.cause ?? error }, problem.detail);
  return reply
    .code(problem.status)
    .headers(problem.extras.headers ?? {})
    .send({ error: problem.detail });
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (
    error instanceof CarryoverError &&
    FAILURES[error.type].repeat === 'transient' &&
    error.type !== 'Unexpected'
  )
    return problemOfFailure(error);
  const { statusCode = 500, validation } = error as Partial<FastifyError>;
  if (validation !== undefined || statusCode < 500)
    return new Problem('unprocessable', (error as Error).message, { cause: error });
  return new Problem('internal', 'An error in Carryover. Its log has the cause under the request id.', {
    cause: error,
  });
}
