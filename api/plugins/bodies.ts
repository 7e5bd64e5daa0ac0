import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem, unreadableBody } from '../http/problems.js';

export const BODY_LIMIT = 64 * 1_024;

/** Parses bodies as JSON; an empty one counts as none, whatever its content type. */
export const bodies = fp(async (app: FastifyInstance) => {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    void parse(request, body as string, (error, value) => done(error && unreadableBody(), value));
  });
  app.addHook('onRoute', (route) => {
    if (route.schema?.body === undefined || !isOptionalBody(route.schema.body)) return;
    route.preValidation = [fillBody, ...[route.preValidation ?? []].flat()];
  });
});

async function fillBody(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {};
}

/** Whether a body may be omitted and then counts as `{}`: none of its fields is required. */
export function isOptionalBody(schema: unknown): boolean {
  const { required, minProperties = 0 } = schema as {
    readonly required?: readonly string[];
    readonly minProperties?: number;
  };
  return required === undefined && minProperties === 0;
}

/** For calls without a body; an empty object is accepted, because some clients cannot send none. */
export async function refuseBody({ body }: FastifyRequest): Promise<void> {
  if (body === undefined || body === null) return;
  const fields = typeof body === 'object' && !Array.isArray(body) ? Object.keys(body) : [''];
  if (fields.length === 0) return;
  throw new Problem('invalid-input', 'This call takes no body.', {
    errors: fields.map((field) => ({
      field,
      in: 'body',
      pointer: field === '' ? '#' : `#/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      detail: 'is not a known field',
    })),
  });
}
