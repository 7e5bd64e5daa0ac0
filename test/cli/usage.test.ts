import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { signToken } from '../../cli/token.js';
import { type CommandWorld, commandWorld, SECRET } from './command-world.js';
import { forThisFile } from '../support/for-this-file.js';

let world: CommandWorld;
forThisFile(commandWorld, (opened) => (world = opened));

const carryover: CommandWorld['carryover'] = (...said) => world.carryover(...said);

describe('carryover token', () => {
  const secret = { AUTH_JWT_SECRET: SECRET };

  it('prints a token that the API accepts', async () => {
    const { status, out } = await carryover(['token', '--role', 'operator', '--sub', 'bob'], {
      environment: secret,
    });
    expect(status).toBe(0);
    const claims = decodeJwt(out.trim());
    expect(claims).toMatchObject({ role: 'operator', sub: 'bob' });
    expect(claims.exp! - claims.iat!).toBe(8 * 3_600);
    expect(
      (await carryover(['--token', out.trim(), 'list'], { environment: { CARRYOVER_TOKEN: '' } })).status,
    ).toBe(0);
  });

  it('is limited to one account for the role app, and to the given duration', async () => {
    const args = ['token', '--role', 'app', '--sub', 'phone', '--expires', '30d'];
    const { out } = await carryover([...args, '--account', 'acc_1'], {
      environment: { ...secret, AUTH_ISSUER: 'us', AUTH_AUDIENCE: 'them' },
    });
    expect(decodeJwt(out.trim())).toMatchObject({ role: 'app', account_id: 'acc_1', iss: 'us', aud: 'them' });
    expect(await carryover(args, { environment: secret })).toMatchObject({
      status: 2,
      error: expect.stringContaining('--account ID'),
    });
  });

  it('cannot be signed without the secret: 78', async () => {
    const { status, error } = await carryover(['token', '--role', 'admin', '--sub', 'bob']);
    expect(status).toBe(78);
    expect(error).toContain('AUTH_JWT_SECRET is missing');
  });
});

describe('errors are reported in words', () => {
  it.each([
    [['fly', 'acc_1']],
    [['start']],
    [['start', 'a', 'b']],
    [['list', '--status', 'good']],
    [['list', '--limit', 'all']],
    [['token', '--role', 'king', '--sub', 'me']],
    [['token', '--role', 'admin', '--sub', 'me', '--expires', 'soon']],
    [[]],
  ])('wrong usage ends with 2: %j', async (args) => {
    const { status, error } = await carryover(args);
    expect(status).toBe(2);
    expect(error).not.toMatch(/^ {4}at .*:\d+:\d+\)?$/m);
  });

  it('help ends with 0 and names its topics', async () => {
    const { status, out } = await carryover(['--help']);
    expect(status).toBe(0);
    expect(out).toContain('Topics: carryover help environment | exit-status | output');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('the exit statuses in help and in the documentation are the same', async () => {
    const { out } = await carryover(['help', 'exit-status']);
    const inHelp = [...out.matchAll(/^ {2}(\d+) +(.*)$/gm)].map(([, status, meaning]) => [status, meaning]);
    const text = await readFile('docs/command-line.md', 'utf8');
    const inDocument = [...text.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map(([, ...row]) => row);
    expect(inHelp.length).toBeGreaterThan(5);
    expect(inDocument).toEqual(inHelp);
  });

  it('help has examples; --version prints the version', async () => {
    expect((await carryover(['--help'])).out).toContain('carryover start acc_1 && carryover watch acc_1');
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    for (const flag of ['--version', '-V'])
      expect(await carryover([flag])).toMatchObject({ status: 0, out: expect.stringContaining(version) });
  });

  it('a missing token or an invalid address exits with 78', async () => {
    expect(await carryover(['list'], { environment: { CARRYOVER_TOKEN: '' } })).toMatchObject({
      status: 78,
      error: expect.stringContaining('There is no token: give --token or CARRYOVER_TOKEN.'),
    });
    expect((await carryover(['--url', 'localhost:3000', 'list'])).status).toBe(78);
  });

  it('an invalid token, and a role without the right', async () => {
    const refused = await carryover(['--token', 'nonsense', 'list']);
    expect(refused).toMatchObject({ status: 1, error: expect.stringContaining('Give a valid token') });
    const app = await signToken({
      secret: SECRET,
      role: 'app',
      sub: 'phone',
      accountId: 'acc_1',
      expiresIn: '1h',
    });
    expect(await carryover(['--token', app, 'list'])).toMatchObject({
      status: 1,
      error: expect.stringContaining('may not do that. Use a token with the role operator or admin.'),
    });
  });

  it('an unreachable API, and a server that is not the API', async () => {
    expect(await carryover(['--url', 'http://127.0.0.1:9', 'list'])).toMatchObject({
      status: 1,
      error: expect.stringMatching(/cannot be reached.*Is it running\?/),
    });
    const other = createServer((_request, response) => void response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const answer = await carryover([
      '--url',
      `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
      'list',
    ]);
    other.close();
    expect(answer).toMatchObject({
      status: 1,
      error: expect.stringContaining("does not answer like Carryover's API"),
    });
  });

  it('an address that redirects is named with the one to use', async () => {
    const moved = createServer((_request, response) => {
      response.writeHead(308, { location: 'https://carryover.example/v2/migrations' }).end();
    });
    await new Promise<void>((resolve) => moved.listen(0, '127.0.0.1', resolve));
    const answer = await carryover([
      '--url',
      `http://127.0.0.1:${(moved.address() as AddressInfo).port}`,
      'list',
    ]);
    moved.close();
    expect(answer).toMatchObject({
      status: 1,
      error: expect.stringContaining('has moved to https://carryover.example/v2/migrations'),
    });
  });
});
