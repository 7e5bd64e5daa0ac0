import { Type } from 'typebox';
import { Named, oneOf } from './common.js';

export const PROBLEM_JSON = 'application/problem+json';

const ProblemSchema = Named(
  'Problem',
  {
    type: Type.String({
      description: 'The stable name of the problem.',
      examples: ['urn:carryover:problem:not-found'],
    }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened, and what to do next.' }),
    errors: Type.Optional(
      Type.Array(
        Named('InputError', {
          field: Type.String({
            description: 'The name of the field; empty if the error is about the whole.',
          }),
          in: oneOf(['body', 'query', 'path', 'header']),
          pointer: Type.String({
            description: 'JSON pointer to the field, as a URI fragment.',
            examples: ['#/account_id'],
          }),
          detail: Type.String(),
        }),
        { description: 'For invalid input: one for each field.' },
      ),
    ),
    checks: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'What is reachable, and what is not.' }),
    ),
    ways: Type.Optional(
      Type.Array(oneOf(['token', 'oidc']), { description: 'Of `GET /session`: the ways to sign in.' }),
    ),
  },
  { description: 'RFC 9457.' },
);

const DESCRIPTIONS = {
  400: 'The request does not match this description; `errors` names the fields.',
  401: 'The token is missing or not valid.',
  403: 'The role may not do that, or the request may come from another site.',
  404: 'It does not exist, or this token may not see it.',
  409: 'It conflicts with the current state; `detail` says why.',
  410: 'It existed, and is no longer valid; `detail` says since when and why.',
  413: 'The body is larger than 64 KB, or than the limit of the call.',
  415: 'The body is not JSON.',
  422: 'The data does not allow that; `type` says why.',
  429: 'Too many requests from this token, or refused ones from this address; `Retry-After` says when to continue.',
  500: 'An error in Carryover; its log has the cause under the request id.',
  503: 'A required service cannot be reached; `Retry-After` says when to try again.',
} as const;

const RETRY_AFTER = { 'Retry-After': Type.Integer({ minimum: 0, description: 'Seconds.' }) };

/** The problems that a route may answer with, for its response schema; always with 429 and 500. */
export function problems<const Codes extends readonly (keyof typeof DESCRIPTIONS)[]>(...codes: Codes) {
  return Object.fromEntries(
    [...codes, 429 as const, 500 as const].map((code) => [
      code,
      {
        description: DESCRIPTIONS[code],
        ...(code === 429 || code === 503 ? { headers: RETRY_AFTER } : {}),
        content: { [PROBLEM_JSON]: { schema: ProblemSchema } },
      },
    ]),
  );
}

/** The problems of every call with a token. */
export const GUARDED = [400, 401, 403, 404, 503] as const;
export const GUARDED_BODY = [...GUARDED, 413, 415] as const;
