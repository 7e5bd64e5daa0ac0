import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { type InputError, Problem, problemOfFailure, unavailable, unreadableBody } from '../http/problems.js';
import { BODY_LIMIT } from './bodies.js';
import { PROBLEM_JSON } from '../schemas/problem.js';

/** Answers every error as application/problem+json. */
export const errors = fp(async (app: FastifyInstance) => {
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(error, request, reply));
});

export const notFound = fp(async (app: FastifyInstance) => {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new Problem('not-found', 'There is nothing at this path.'), request, reply),
  );
});

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request.routeOptions.bodyLimit);
  if (problem.status >= 500 && problem.extras.isLogged !== true) {
    request.log.error({ err: problem.cause ?? error, problem: problem.problem }, problem.detail);
  }
  return reply
    .code(problem.status)
    .headers(problem.extras.headers ?? {})
    .type(PROBLEM_JSON)
    .send(JSON.stringify(problem.document));
}

function problemOf(error: unknown, bodyLimit = BODY_LIMIT): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CarryoverError && error.type !== 'Unexpected') return problemOfFailure(error);
  const { code, statusCode, validation, validationContext } = error as Partial<FastifyError>;
  if (validation !== undefined)
    return invalidInput(validation as readonly ValidationError[], validationContext);
  return READING[code ?? '']?.(bodyLimit) ?? otherProblem(error, statusCode);
}

/** The problems for Fastify's errors about requests that it cannot read. */
const READING: Readonly<Record<string, (bodyLimit: number) => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (limit) =>
    new Problem('body-too-large', `The body is larger than ${limit / 1_024} KB.`),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem('unsupported-media-type', 'Send the body as application/json.'),
  FST_ERR_BAD_URL: () => new Problem('invalid-input', 'The path is not a valid URL path.'),
  FST_ERR_MAX_PARAM_LENGTH: () => new Problem('not-found', 'There is nothing at this path.'),
};

function otherProblem(error: unknown, statusCode: number | undefined): Problem {
  // Other errors below 500 come from reading the request: broken JSON, a wrong Content-Length.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return unreadableBody();
  if (statusCode === 503) return unavailable('The process is stopping. Try again.', 1, error);
  return new Problem('internal', 'An error in Carryover. Its log has the cause under the request id.', {
    cause: error,
  });
}

/** An error as TypeBox reports it. */
export interface ValidationError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const PLACES: Record<string, InputError['in']> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** A problem with one error for each field. It does not repeat what the caller sent. */
export function invalidInput(found: readonly ValidationError[], context: string | undefined): Problem {
  const place = PLACES[context ?? 'body'] ?? 'body';
  const byPointer = new Map<string, InputError>();
  for (const { path, detail } of found.flatMap(fieldsOf)) {
    const pointer = `#${path}`;
    const field = path.split('/').slice(1).map(unescaped).join('.');
    if (!byPointer.has(pointer)) byPointer.set(pointer, { field, in: place, pointer, detail });
  }
  const list = [...byPointer.values()];
  const names = list.map((error) => error.field || place).join(', ');
  return new Problem(
    'invalid-input',
    `Invalid ${names}: ${list[0]?.detail ?? 'must match the API description'}.`,
    {
      errors: list,
    },
  );
}

function fieldsOf(error: ValidationError): { path: string; detail: string }[] {
  const each = (names: unknown, detail: string) =>
    (names as string[]).map((name) => ({ path: `${error.instancePath}/${escaped(name)}`, detail }));
  switch (error.keyword) {
    case 'required':
      return each(error.params['requiredProperties'], 'is required');
    case 'additionalProperties':
      return each(error.params['additionalProperties'], 'is not a known field');
    case 'boolean':
      return [];
    default:
      return [{ path: error.instancePath, detail: error.message }];
  }
}

function escaped(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}
