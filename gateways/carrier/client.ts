import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { CARRIER_STATUSES } from '../../domain/conversations/porting.js';
import type { CarrierStatus } from '../../domain/conversations/porting.js';
import { systemClock } from '../clock.js';
import { JsonApi, NoAnswer } from '../http/json-api.js';
import type { JsonAnswer, JsonApiOptions, JsonCall } from '../http/json-api.js';

export interface PortRequest {
  /** E.164. */
  readonly phoneNumber: string;
  readonly accountId: string;
  readonly channelId: string;
  readonly callbackUrl: string;
  /** A repeated key returns the order of the first request. */
  readonly idempotencyKey: string;
}

export interface PortOrder {
  readonly portOrderId: string;
  readonly status: CarrierStatus;
  readonly reason: string | null;
  /** When the order had this status, by the carrier's `Date` header if it sends one. Whole seconds, rounded down. */
  readonly at: Date;
}

/** The carrier refuses for good, with the reason in its own words. */
export interface PortRefusal {
  readonly refused: true;
  readonly reason: string | null;
}

/**
 * The carrier's API. Makes no retries of its own. Throws CarryoverError: `CarrierThrottled` with the carrier's Retry-After, `CarrierUnavailable`,
 * `CarrierRejectsToken`.
 */
export interface CarrierClient {
  orderPort(request: PortRequest): Promise<PortOrder | PortRefusal>;
  /** Undefined when the carrier has no such order. */
  getPortOrder(portOrderId: string): Promise<PortOrder | undefined>;
  /** `too-late`: the port can no longer be stopped. `unknown`: the carrier has no such order. */
  cancelPortOrder(portOrderId: string): Promise<'cancelled' | 'too-late' | 'unknown'>;
  close(): Promise<void>;
}

const Order = Type.Object({
  port_order_id: Type.String({ minLength: 1 }),
  status: Type.Union(CARRIER_STATUSES.map((status) => Type.Literal(status))),
  reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
const checkOrder = Compile(Order);

export function carrierClient(options: JsonApiOptions): CarrierClient {
  const api = new JsonApi(options);
  const { clock = systemClock } = options;
  const call = async (request: JsonCall, expected: readonly number[], what: string): Promise<JsonAnswer> => {
    try {
      return expectedOf(await api.call(request), expected, what);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw new CarryoverError('CarrierUnavailable', `The carrier did not ${what}: ${error.message}.`, {
        cause: error,
      });
    }
  };
  return {
    async orderPort(request) {
      const what = `port the number of channel ${request.channelId}`;
      const answer = await call(
        {
          method: 'POST',
          path: ['port-orders'],
          headers: { 'idempotency-key': headerText(request.idempotencyKey) },
          body: {
            phone_number: request.phoneNumber,
            account_id: request.accountId,
            channel_id: request.channelId,
            callback_url: request.callbackUrl,
          },
        },
        [200, 201, 409, 422],
        what,
      );
      if (answer.status < 300) return orderOf(answer, what, clock.now());
      return { refused: true, reason: reasonOf(answer.body) };
    },
    async getPortOrder(portOrderId) {
      const what = `report port order ${portOrderId}`;
      const answer = await call({ method: 'GET', path: ['port-orders', portOrderId] }, [200, 404], what);
      return answer.status === 404 ? undefined : orderOf(answer, what, clock.now());
    },
    async cancelPortOrder(portOrderId) {
      const what = `cancel port order ${portOrderId}`;
      const path = ['port-orders', portOrderId, 'cancel'];
      const answer = await call({ method: 'POST', path }, [200, 404, 409], what);
      return answer.status === 409 ? 'too-late' : answer.status === 404 ? 'unknown' : 'cancelled';
    },
    close: () => api.close(),
  };
}

function expectedOf(answer: JsonAnswer, expected: readonly number[], what: string): JsonAnswer {
  if (expected.includes(answer.status)) return answer;
  const said = `The carrier did not ${what}: it answered ${answer.status}`;
  switch (answer.status) {
    case 401:
    case 403:
      throw new CarryoverError(
        'CarrierRejectsToken',
        `${said} and rejects our token. Check CARRIER_API_TOKEN.`,
      );
    case 429:
      throw new CarryoverError('CarrierThrottled', `${said} because it is busy.`, {
        retryAfterSeconds: answer.retryAfterSeconds,
      });
    default:
      throw new CarryoverError('CarrierUnavailable', `${said}.`, {
        retryAfterSeconds: answer.retryAfterSeconds,
      });
  }
}

function orderOf(answer: JsonAnswer, what: string, now: number): PortOrder {
  if (!checkOrder.Check(answer.body)) {
    const wrong = checkOrder.Errors(answer.body)[0];
    const where = wrong === undefined ? '' : `: ${wrong.instancePath || 'it'} ${wrong.message}`;
    throw new CarryoverError(
      'CarrierUnavailable',
      `The carrier was asked to ${what}. Its answer is not a port order${where}.`,
    );
  }
  const body: Static<typeof Order> = answer.body;
  return {
    portOrderId: body.port_order_id,
    status: body.status,
    reason: body.reason ?? null,
    at: answer.date ?? new Date(now),
  };
}

function reasonOf(body: unknown): string | null {
  const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : null;
  return typeof reason === 'string' ? reason : null;
}

/** Ids may hold any character; headers may not. */
function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
}
