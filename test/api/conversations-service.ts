import { createServer } from 'node:http';
import { listen } from '../../dev/faults/loopback.js';

/** A Conversations service with a few accounts, over real HTTP; `trouble` makes it fail. */
export interface TestConversations {
  readonly url: string;
  /** Account ids that were asked for, in order. */
  readonly asked: string[];
  /** Payloads by account id; an account without one has a record alone. */
  readonly payloads: Map<string, unknown>;
  readonly records: Map<string, { name: string; status?: 'active' | 'closed' }>;
  trouble: { status: number; headers?: Record<string, string> } | undefined;
  /** Answers wait for it. */
  held: Promise<void> | undefined;
  close(): Promise<void>;
}

export async function startConversations(): Promise<TestConversations> {
  const state: Omit<TestConversations, 'url' | 'close'> = {
    asked: [],
    payloads: new Map(),
    records: new Map(),
    trouble: undefined,
    held: undefined,
  };
  const server = createServer((request, response) => {
    const [, , accountId = '', payload] = (request.url ?? '').split('/').map(decodeURIComponent);
    const answer = (status: number, body: unknown, headers = {}): void => {
      void Promise.resolve(state.held).then(() =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(body)),
      );
    };
    state.asked.push(accountId);
    const record = state.records.get(accountId);
    if (state.trouble) answer(state.trouble.status, {}, state.trouble.headers);
    else if (!record) answer(404, {});
    else if (payload === undefined) answer(200, { account_id: accountId, status: 'active', ...record });
    else if (state.payloads.has(accountId)) answer(200, state.payloads.get(accountId));
    else answer(404, {});
  });
  const { url, stop } = await listen(server);
  return Object.assign(state, { url, close: stop });
}

/** A payload of one brand with an sms and an e-mail channel. */
export function payloadOf(accountId: string, ids = { brand: 'br_1', sms: 'ch_1', email: 'ch_2' }): unknown {
  return {
    account: {
      account_id: accountId,
      name: 'Lakeside Dental',
      email: 'owner@lakeside.example',
      locale: 'en-US',
      created_at: '2019-04-02T10:00:00.000Z',
    },
    brands: [
      {
        brand_id: ids.brand,
        name: 'Lakeside Dental',
        website_url: 'https://lakeside.example',
        channels: [
          {
            channel_id: ids.sms,
            type: 'sms',
            name: 'Main line',
            phone_number: '+15550001111',
            port_phone_number: true,
          },
          {
            channel_id: ids.email,
            type: 'email',
            name: 'Front desk',
            phone_number: null,
            port_phone_number: false,
          },
        ],
      },
    ],
    messages: { kind: 'dynamodb' },
  };
}
