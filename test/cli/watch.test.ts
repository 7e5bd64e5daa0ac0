import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import type { BrandStatus } from '../../domain/conversations/statuses.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { recordBrandFailure } from '../../gateways/store/conversations/status/statuses.js';
import { accountCommands } from './account-commands.js';

const { carryover, become, account, world } = accountCommands();

describe('carryover list --watch', () => {
  it('prints the list, then each change, until Ctrl-C', async () => {
    const ctrlC = new AbortController();
    let printed = '';
    const watching = carryover(['list', '--watch'], {
      signal: ctrlC.signal,
      onOut: (text) => (printed += text),
    });
    await vi.waitFor(() => expect(printed).toMatch(/^ACCOUNT .*STATUS/));
    expect(printed).not.toContain(`${account()}  migrating`);
    await carryover(['start', account()]);
    await vi.waitFor(() => expect(printed).toMatch(new RegExp(`^${account()} +migrating`, 'm')));
    ctrlC.abort();
    expect(await watching).toMatchObject({ status: 130, error: '' });
    expect(printed.match(/^ACCOUNT/gm)).toHaveLength(1);
  });

  it('is for people, so not for JSON', async () => {
    expect((await carryover(['list', '--watch', '--json'])).status).toBe(2);
  });
});

describe('carryover watch', () => {
  it('prints each change until everything is migrated', async () => {
    await carryover(['start', account()]);
    const steps: BrandStatus[] = ['recent-messages-migrated', 'all-messages-migrated'];
    const { status, out } = await carryover(['watch', account()], {
      onOut: () => {
        const next = steps.shift();
        if (next) void become(next);
      },
    });
    expect(status).toBe(0);
    expect(out).toBe(
      [
        'Lakeside Dental: migrating',
        'Lakeside Dental: recent-messages-migrated',
        'Lakeside Dental: all-messages-migrated',
        `All messages of ${account()} are migrated.`,
        '',
      ].join('\n'),
    );
  });

  it('ends with 3 once everything that could be imported is migrated and something needs a person, and names it', async () => {
    await carryover(['start', account()]);
    await become('recent-messages-migrated');
    await become('all-messages-migrated');
    await world().store.pool.query(
      `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key, identity, reason)
       SELECT a.source_id, b.id, 'messages', b.source_id || n, b.source_id || n, 'k', 'i' || n, 'damaged'
       FROM brands b JOIN accounts a ON a.id = b.account_id, generate_series(1, 2) n WHERE a.source_id = $1`,
      [account()],
    );
    await world().store.pool.query(
      `INSERT INTO phone_portings (account_id, channel_id, phone_number, port_order_id, status, reason)
       SELECT b.account_id, min(c.id), '+15550009999', 'po_' || b.account_id, 'refused', 'not portable'
       FROM channels c JOIN brands b ON b.id = c.brand_id JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1
       GROUP BY b.account_id`,
      [account()],
    );
    const { status, out } = await carryover(['watch', account()]);
    expect(status).toBe(3);
    expect(out).toMatch(
      /All messages of \S+ that could be imported are migrated\. A person is needed: 2 messages quarantined, port of channel \S+ refused \(not portable\)\./,
    );
    expect(out).toContain(`What to do about each: carryover failures ${account()}`);
  });

  it('ends with 1 when a brand has failed and nothing else runs', async () => {
    await carryover(['start', account()]);
    const brand = { accountId: account(), brandId: `${account()}_br` };
    const failure = {
      type: 'ChannelImpossible',
      message: 'Channel ch_1 has a type that nobody knows.',
    } as const;
    await transaction(world().store.control, 'test', (tx) =>
      recordBrandFailure(tx, brand, { during: 'channels', failure }),
    );
    const { status, out } = await carryover(['watch', account()]);
    expect(status).toBe(1);
    expect(out).toContain('Channel ch_1 has a type that nobody knows. Correct the channel');
    expect(out).toContain(`Once the cause is fixed: carryover retry ${account()}`);
  });

  it('ends with 1 when the migration waits for the second call of a dump, and says so', async () => {
    await carryover(['start', account()]);
    await become('recent-messages-migrated');
    const brand = { accountId: account(), brandId: `${account()}_br` };
    const failure = { type: 'DumpIncomplete', message: 'Nothing remains to be read.' } as const;
    await transaction(world().store.control, 'test', (tx) =>
      recordBrandFailure(tx, brand, { during: 'remaining', failure }),
    );
    const { status, out } = await carryover(['watch', account()]);
    expect(status).toBe(1);
    expect(out).toContain('recent-messages-migrated');
    expect(out).toContain('Nothing remains to be read. Add the part of the dump');
    expect(out).toContain(`Once they have: carryover start ${account()}`);
  });

  it('ends with 1 when somebody cancels it', async () => {
    await carryover(['start', account()]);
    await carryover(['cancel', account()]);
    expect(await carryover(['watch', account()])).toMatchObject({
      status: 1,
      out: expect.stringContaining('was cancelled by ann'),
    });
  });

  it('exits with 130 on Ctrl-C, without an error message', async () => {
    const interrupted = new AbortController();
    const ran = await carryover(['watch', account()], {
      signal: interrupted.signal,
      onOut: () => interrupted.abort(),
    });
    expect(ran).toMatchObject({ status: 130, error: '' });
  });

  it('polls while there is no stream of events', async () => {
    await carryover(['start', account()]);
    let asked = 0;
    const proxy = createServer((request, response) => {
      if (request.url?.endsWith('/events')) {
        response.writeHead(503, { 'content-type': 'application/problem+json' }).end('{"detail":"too many"}');
        return;
      }
      asked += 1;
      const answer =
        asked < 2
          ? Promise.resolve()
          : become('recent-messages-migrated').then(() => become('all-messages-migrated'));
      void answer
        .then(() =>
          fetch(new URL(request.url ?? '/', world().url), {
            headers: { authorization: request.headers.authorization ?? '' },
          }),
        )
        .then(async (real) =>
          response.writeHead(real.status, { 'content-type': 'application/json' }).end(await real.text()),
        );
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { status } = await carryover(['watch', account(), '--url', proxyUrl]);
    proxy.close();
    expect(status).toBe(0);
    expect(asked).toBe(2);
  });
});
