import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';

/** What may go wrong with an answer, as the contracts foretell it. */
export type Fault =
  | { kind: 'busy'; retryAfterSeconds?: number; times?: number }
  | { kind: 'ill'; status?: number; times?: number }
  | { kind: 'slow'; delayMs: number; times?: number }
  /** The connection ends before anything has been done. */
  | { kind: 'cut'; times?: number }
  /** All is done, but the connection ends before the answer is out. */
  | { kind: 'cut-answer'; times?: number };

/**
 * Faults and counts of a server's routes. A fault holds for the next `times` calls of its route, for ever without;
 * a later one for the same route takes its place.
 */
export class FaultBox<Route extends string> {
  readonly requests: Record<Route, number>;
  private readonly faults = new Map<Route, { fault: Fault; left: number }>();

  constructor(private readonly routes: readonly Route[]) {
    this.requests = Object.fromEntries(routes.map((route) => [route, 0])) as Record<Route, number>;
  }

  /** @param fault null takes a fault away. */
  set(route: Route, fault: Fault | null): void {
    if (!this.routes.includes(route))
      throw new RangeError(`no route ${route}; there are ${this.routes.join(', ')}`);
    if (fault === null) this.faults.delete(route);
    else this.faults.set(route, { fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Counts the calls of every route that names itself by `config: { sampleRoute }`, and lets its faults happen. */
  install(server: FastifyInstance): void {
    server.addHook('onRequest', async (request, reply) => {
      const route = request.routeOptions.config.sampleRoute as Route | undefined;
      if (route === undefined) return;
      this.requests[route]++;
      await this.before(this.next(route), request, reply);
    });
    server.addHook('onSend', async (request, _reply, payload) => {
      if (request.cutAnswer === true) request.raw.socket.destroy();
      return payload;
    });
  }

  private next(route: Route): Fault | undefined {
    const entry = this.faults.get(route);
    if (entry === undefined) return undefined;
    entry.left--;
    if (entry.left <= 0) this.faults.delete(route);
    return entry.fault;
  }

  private async before(
    fault: Fault | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    switch (fault?.kind) {
      case undefined:
        return undefined;
      case 'busy':
        return await reply
          .code(429)
          .header('retry-after', String(fault.retryAfterSeconds ?? 1))
          .send({ error: 'busy, come back later' });
      case 'ill':
        return await reply.code(fault.status ?? 500).send({ error: 'something went wrong here' });
      case 'slow':
        return await sleep(fault.delayMs);
      case 'cut':
        reply.hijack();
        return request.raw.socket.destroy();
      case 'cut-answer':
        request.cutAnswer = true;
        return undefined;
    }
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    cutAnswer?: boolean;
  }
  interface FastifyContextConfig {
    sampleRoute?: string;
  }
}
