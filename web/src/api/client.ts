import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './openapi.js';
import { ApiProblem, NoAnswer } from './problems.js';

let csrfToken = '';

/** Of the session; what changes something is sent with it. */
export function keepCsrfToken(token: string): void {
  csrfToken = token;
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
  onError: ({ error }) => new NoAnswer(error),
};

export const api = createClient<paths>({ credentials: 'same-origin' });
api.use(csrf);

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer's body. Throws ApiProblem, or NoAnswer. */
export async function answer<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  const { detail, ways } = (error ?? {}) as { detail?: string; ways?: readonly string[] };
  throw new ApiProblem(
    response.status,
    detail ?? `The API answered with ${response.status}. Try again; its log has the cause.`,
    ways,
  );
}
