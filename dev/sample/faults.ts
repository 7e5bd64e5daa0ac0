import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';

/** The faults of an answer that the contracts allow. */
export type Fault =
  | { kind: 'busy'; retryAfterSeconds?: number; times?: number }
  | { kind: 'ill'; status?: number; times?: number }
  | { kind: 'slow'; delayMs: number; times?: number }
  /** The connection closes before the request is processed. */
  | { kind: 'cut'; times?: number }
  /** The request is processed, but the connection closes before the answer is sent. */
  | { kind: 'cut-answer'; times?: number };

/**
 * Faults and counts of a server's routes. A fault applies to the next `times` calls of its route, or to all; a later one for the same route
 * replaces it.
 */
export class FaultBox<Route extends string> {
  readonly requests: Record<Route, number>;
  private readonly faults = new Map<Route, { fault: Fault; left: number }>();

  constructor(private readonly routes: readonly Route[]) {
    this.requests = Object.fromEntries(routes.map((route) => [route, 0])) as Record<Route, number>;
  }

  /** @param fault null removes the fault. */
  set(route: Route, fault: Fault | null): void {
    if (!this.routes.includes(route))
      throw new RangeError(`no route ${route}; there are ${this.routes.join(', ')}`);
    if (fault === null) this.faults.delete(route);
    else this.faults.set(route, { fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Counts the calls of every route that has `config: { sampleRoute }`, and applies its faults. */
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
