import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { requireToken } from '../server.js';
import type { PortOrder } from './orders.js';

export const CARRIER_ROUTES = ['order', 'get', 'cancel'] as const;
export type CarrierRoute = (typeof CARRIER_ROUTES)[number];

const OrderRequest = Type.Object({
  phone_number: Type.String({ minLength: 1 }),
  account_id: Type.String({ minLength: 1 }),
  channel_id: Type.String({ minLength: 1 }),
  callback_url: Type.String({ pattern: '^https?://' }),
});
export type OrderRequest = Static<typeof OrderRequest>;

export type Placed = { code: 200 | 201; order: PortOrder } | { code: 409 | 422; reason: string };

/** What the routes need of the carrier. */
export interface OrderDesk {
  find(portOrderId: string): PortOrder | undefined;
  place(key: string, request: OrderRequest): Placed;
  cancel(order: PortOrder): boolean;
}

interface OrderParams {
  Params: { port_order_id: string };
}

export function addOrderRoutes(server: FastifyInstance, token: string, desk: OrderDesk): void {
  const onRequest = requireToken(token);
  acceptEmptyBodies(server);

  server.post<{ Body: OrderRequest }>(
    '/port-orders',
    { onRequest, config: { sampleRoute: 'order' }, schema: { body: OrderRequest } },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string' || key === '') {
        return reply.code(400).send({ reason: 'header Idempotency-Key is missing' });
      }
      const { phone_number, account_id, channel_id, callback_url } = request.body;
      if (!/^\+[1-9]\d{6,14}$/.test(phone_number)) {
        return reply.code(422).send({ reason: `${phone_number} is not an E.164 number` });
      }
      const placed = desk.place(key, { phone_number, account_id, channel_id, callback_url });
      if ('reason' in placed) return reply.code(placed.code).send({ reason: placed.reason });
      const { port_order_id, status } = placed.order;
      return reply.code(placed.code).send({ port_order_id, status });
    },
  );

  server.get<OrderParams>(
    '/port-orders/:port_order_id',
    { onRequest, config: { sampleRoute: 'get' } },
    async (request, reply) => {
      const order = desk.find(request.params.port_order_id);
      return order === undefined ? reply.callNotFound() : reply.send(shown(order));
    },
  );

  server.post<OrderParams>(
    '/port-orders/:port_order_id/cancel',
    { onRequest, config: { sampleRoute: 'cancel' } },
    async (request, reply) => {
      const order = desk.find(request.params.port_order_id);
      if (order === undefined) return reply.callNotFound();
      if (!desk.cancel(order))
        return reply.code(409).send({ reason: `the number is ported, it is too late to cancel` });
      return reply.send(shown(order));
    },
  );
}

function shown({ port_order_id, phone_number, channel_id, status, reason }: PortOrder) {
  return { port_order_id, phone_number, channel_id, status, reason };
}

/** A cancellation needs no body, even if its content type is JSON. */
function acceptEmptyBodies(server: FastifyInstance): void {
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(Object.assign(new Error('the body is not JSON'), { statusCode: 400 }));
    }
  });
}
