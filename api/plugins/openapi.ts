import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { withComponents } from '../http/openapi-components.js';

const DESCRIPTION = `Migrates accounts from Conversations to the helpdesk, and reports their progress.

Send \`Authorization: Bearer <JWT>\` with the claims \`sub\`, \`role\`, \`exp\`, and for the role \`app\` its \`account_id\`.
People sign in at \`/sign-in\`, and then send a cookie in its place (\`POST /session\`).
Errors are \`application/problem+json\` (RFC 9457). Parameters and fields that are not described here are refused with 400.

Pages in browsers may call \`/v2\` if \`CORS_ORIGINS\` lists their origin; they can read \`ETag\` and \`Retry-After\`.`;

/** The reference writes inline styles, and loads its scripts from files. */
const REFERENCE_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'self'; frame-ancestors 'none'";

/** Must be registered before the routes it describes. */
export const openapi = fp(async (app: FastifyInstance) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Carryover',
        version: '2',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'app', description: 'For the mobile app and the Conversations service' },
        { name: 'operators', description: 'For operators' },
        { name: 'carrier', description: 'For the carrier' },
        { name: 'onboarding', description: 'For operators of the kind onboarding, where it is on' },
        { name: 'health', description: 'For monitoring' },
      ],
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'Roles: app (only its own account), service, operator, admin.',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'carryover_session',
            description:
              'Set by `POST /session`. Requests other than GET and HEAD also need the header `X-CSRF-Token`.',
          },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    convertConstToEnum: false,
    transformObject: (found) => withComponents({ ...('openapiObject' in found && found.openapiObject) }),
  });
});

/** Serves GET /openapi.json, and the reference for people at /docs. */
export const reference = fp(async (app: FastifyInstance) => {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: REFERENCE_CSP,
    uiConfig: { deepLinking: true, persistAuthorization: false },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
});
