import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Check, ok } from '../../../cli/doctor/check.js';
import { alerts } from '../../../cli/doctor/checks/alerts.js';
import { attachments } from '../../../cli/doctor/checks/attachments.js';
import { clocks } from '../../../cli/doctor/checks/clock.js';
import { carrier, conversations } from '../../../cli/doctor/checks/services.js';
import { slack } from '../../../cli/doctor/checks/slack.js';
import { runCarryover } from '../../../cli/engine/program.js';
import { systemClock } from '../../../gateways/clock.js';
import { examined, findings } from './doctor.js';

const servers: Server[] = [];
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A service that knows nobody, and only this token. */
const TOKEN = 'the-right-token';
const guarded: RequestListener = ({ headers }, response) => {
  const isRight = headers.authorization === `Bearer ${TOKEN}`;
  response.writeHead(isRight ? 404 : 401, { 'content-type': 'application/json' }).end('{}');
};

describe.each([
  ['conversations', conversations, 'CONVERSATIONS'],
  ['carrier', carrier, 'CARRIER'],
] as const)('%s', (_name, check, prefix) => {
  const given = (url: string, token: string) => ({
    [`${prefix}_API_URL`]: url,
    [`${prefix}_API_TOKEN`]: token,
  });

  it('answers and accepts the token', async () => {
    expect(await findings(check, given(await serve(guarded), TOKEN))).toMatchObject([{ state: 'ok' }]);
  });

  it('rejects another token, which no finding shows', async () => {
    const found = await findings(check, given(await serve(guarded), 'another-token'));
    expect(found).toMatchObject([
      { state: 'wrong', what: expect.any(String), fix: expect.stringContaining(`${prefix}_API_TOKEN`) },
    ]);
    expect(JSON.stringify(found)).not.toContain('another-token');
  });

  it('is not reached at a port where nobody listens', async () => {
    expect(await findings(check, given('http://127.0.0.1:9', TOKEN))).toMatchObject([
      { state: 'wrong', fix: expect.stringContaining(`${prefix}_API_URL`) },
    ]);
  });
});

it('a check that never ends is ended by its time limit, and no other is', async () => {
  const stuck: Check = { name: 'stuck', advice: 'None.', run: () => new Promise(() => undefined) };
  const quick: Check = { name: 'quick', advice: 'None.', run: async () => [ok('It is there.')] };
  expect(await examined([stuck, quick], {}, { timeoutMs: 500 })).toMatchObject([
    { check: 'stuck', state: 'wrong', what: 'It did not answer within 0.5 s.' },
    { check: 'quick', state: 'ok' },
  ]);
});

describe('the place for attachments', () => {
  it('can be written, and no test file stays there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carryover-doctor-'));
    expect(await findings(attachments, { ATTACHMENTS_URL: `file://${folder}` })).toMatchObject([
      { state: 'ok' },
      { state: 'ok' },
    ]);
    expect((await readdir(folder)).filter((each) => each.startsWith('.carryover'))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('cannot be written where a file stands in the way', async () => {
    expect(await findings(attachments, { ATTACHMENTS_URL: 'file:///dev/null/attachments' })).toMatchObject([
      { state: 'wrong', fix: expect.stringContaining('ATTACHMENTS_URL') },
    ]);
  });
});

describe("Slack's webhook", () => {
  it.each([
    [undefined, 'ok'],
    ['https://hooks.slack.com/services/T000/B000/abcdefgh', 'ok'],
    ['https://example.com/services/T000/B000/abcdefgh', 'warning'],
  ])('%s: %s, and nothing is sent', async (webhook, state) => {
    const found = await findings(slack, { REPORT_SLACK_WEBHOOK_URL: webhook });
    expect(found).toMatchObject([{ state }]);
    expect(JSON.stringify(found)).not.toContain('abcdefgh');
  });

  it('gets a message with --send', async () => {
    let posted = '';
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (part: string) => (posted += part));
      request.on('end', () => response.end('ok'));
    });
    const found = await examined([slack], { REPORT_SLACK_WEBHOOK_URL: url }, { send: true });
    expect(found.at(-1)).toMatchObject({ state: 'ok', what: 'Slack has accepted a message.' });
    expect(posted).toContain('carryover doctor --send');
  });
});

describe('the webhook of alerts', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

  it('is reported as missing if no alert would be sent', async () => {
    expect(await findings(alerts, {})).toMatchObject([
      { state: 'warning', fix: expect.stringContaining('CARRYOVER_WEBHOOK_URL') },
    ]);
  });

  it('gets a signed message with --send, and a receiver that refuses it is wrong', async () => {
    let signature: unknown;
    let status = 204;
    const url = await serve(({ headers }, response) => {
      signature = headers['webhook-signature'];
      response.writeHead(status).end();
    });
    // Nobody listens at the store's port: what is sent does not depend on it.
    const store = 'postgresql://store@127.0.0.1:9/helpdesk';
    const given = {
      ...{ DATABASE_URL: store, CARRYOVER_WEBHOOK_URL: url, CARRYOVER_WEBHOOK_SECRETS: secret },
    };
    await examined([alerts], given, { send: true });
    expect(signature).toMatch(/^v1,/);
    status = 401;
    const found = await examined([alerts], given, { send: true });
    expect(found).toMatchObject([
      {
        state: 'wrong',
        what: 'The receiver of the webhook answered 401.',
        fix: expect.stringContaining('CARRYOVER_WEBHOOK_URL'),
      },
    ]);
  });
});

describe('clocks', () => {
  const ahead =
    (seconds: number): RequestListener =>
    (_request, response) => {
      response.setHeader('date', new Date(systemClock.now() + seconds * 1_000).toUTCString()).end();
    };
  it.each([
    [0, 'ok'],
    [30, 'warning'],
    [-3_600, 'wrong'],
  ])('a server that is %i s ahead: %s', async (seconds, state) => {
    const environment = { CARRIER_API_URL: await serve(ahead(seconds)) };
    const [found] = await findings(clocks, environment);
    expect(found).toMatchObject({ state });
    if (state !== 'ok')
      expect(found?.what).toMatch(/^The clock of the carrier is \d+ s (ahead of|behind) this machine's\.$/);
  });
});

describe('carryover doctor', () => {
  async function doctor(args: string[], environment: Record<string, string>) {
    const ran = { out: '', error: '' };
    const status = await runCarryover(['doctor', ...args], {
      out: { write: (text) => void (ran.out += text) },
      error: { write: (text) => void (ran.error += text) },
      environment,
      signal: new AbortController().signal,
      clock: systemClock,
    });
    return { status, ...ran };
  }

  it('ends with 0 if nothing is wrong, and with 1 and the fix if something is', async () => {
    const environment = { CARRIER_API_URL: await serve(guarded), CARRIER_API_TOKEN: TOKEN };
    expect(await doctor(['carrier'], environment)).toEqual({
      status: 0,
      out: '✔ carrier  The carrier answers, and accepts the token.\n\nEverything is fine.\n',
      error: '',
    });
    const refused = await doctor(['carrier', 'slack'], {
      ...environment,
      CARRIER_API_TOKEN: 'another-token',
    });
    expect(refused.status).toBe(1);
    expect(refused.out).toMatch(/✖ carrier .*\n +→ Check CARRIER_API_TOKEN.*\n✔ slack .*\n\n1 wrong\.\n$/);
  });

  it('prints every finding as JSON', async () => {
    const { status, out } = await doctor(['slack', 'store', '--json'], {});
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { check: 'store', state: 'skipped', what: expect.stringContaining('DATABASE_URL is missing') },
      { check: 'slack', state: 'ok', what: expect.any(String) },
    ]);
  });

  it('says what is missing without any variables', async () => {
    const { status, out } = await doctor(['configuration', 'api'], {});
    expect(status).toBe(1);
    expect(out).toContain('✖ configuration  DATABASE_URL is missing');
    expect(out).toContain('✖ api            There is no token');
  });

  it('rejects an unknown check', async () => {
    expect(await doctor(['stor'], {})).toMatchObject({
      status: 2,
      error: expect.stringContaining('Did you mean store?'),
    });
  });
});
