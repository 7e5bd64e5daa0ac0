import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Strict } from '../schemas/common.js';

const NONE = Strict({});

/** Makes routes of this scope without query parameters refuse any. */
export const queries = fp(async (app: FastifyInstance) => {
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide !== true) route.schema = { querystring: NONE, ...route.schema };
  });
});
