import { MockActivityEnvironment } from '@temporalio/testing';
import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { answers, cuts, redirects, saysNothing, serves } from '../../../gateways/download-server.js';
import { type AttachmentsWorld, forAttachments } from './attachments-world.js';
import { systemClock } from '../../../../gateways/clock.js';

let world: AttachmentsWorld;
forAttachments((opened) => (world = opened));

describe('an attachment that cannot be fetched', () => {
  it('has the reason on its row, and is not retried if that cannot help', async () => {
    world.files.on('/gone', answers(403));
    world.files.on('/large', serves(Buffer.alloc(1_000_001)));
    world.files.on('/away', redirects('http://169.254.169.254/secret'));
    world.files.on('/loop', redirects('/loop'));
    const ids = {
      'not-found': await world.attach('/gone?signature=secret'),
      'too-large': await world.attach('/large'),
      'host-not-allowed': await world.attach('/away'),
      redirect: await world.attach('/loop'),
      'bad-url': await world.attach('', { url: 'javascript:secret' }),
    };
    expect(await world.fetch()).toEqual({ stored: 0, failed: 5, left: 0 });
    for (const [kind, id] of Object.entries(ids)) {
      const { error, tries, stored_url } = await world.row(id);
      expect({ error, tries, stored_url }).toMatchObject({
        error: { kind, final: true },
        tries: 1,
        stored_url: null,
      });
      expect(JSON.stringify(error)).not.toContain('secret');
    }
    expect((await world.row(ids['not-found']))['error']).toMatchObject({
      status: 403,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const before = world.files.asked.length;
    expect(await world.fetch()).toEqual({ stored: 0, failed: 0, left: 0 });
    expect(world.files.asked).toHaveLength(before);
  });

  it('is retried after its pause, and stored when it arrives', async () => {
    world.files.on('/ill', answers(500));
    const id = await world.attach('/ill');
    const options = { pausesMs: [3_600_000] };
    expect(await world.fetch({ options })).toEqual({ stored: 0, failed: 1, left: 1 });
    expect(await world.row(id)).toMatchObject({
      error: { kind: 'server-error', status: 500, final: false },
      tries: 1,
    });
    expect(await world.fetch({ options })).toEqual({ stored: 0, failed: 0, left: 1 });
    expect(world.files.asked).toHaveLength(1);

    world.files.on('/ill', serves('well'));
    await world.store.pool.query(`UPDATE attachments SET tried_at = tried_at - interval '2 hours',
      error = jsonb_set(error, '{at}', to_jsonb(to_char((tried_at - interval '2 hours') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))`);
    expect(await world.fetch({ options })).toEqual({ stored: 1, failed: 0, left: 0 });
    expect(await world.row(id)).toMatchObject({ error: null, tries: 2, size: '4' });
  });

  it.each([
    ['network', cuts, false],
    ['timeout', saysNothing, true],
  ])('is given up after five attempts (%s)', async (kind, behaviour, impatient) => {
    world.files.on('/a', behaviour);
    const id = await world.attach('/a');
    const options = { pausesMs: [0, 0, 0, 0] };
    expect(await world.fetch({ options, impatient })).toEqual({ stored: 0, failed: 5, left: 0 });
    expect(await world.row(id)).toMatchObject({ tries: 5, error: { kind, final: true } });
    expect(world.files.asked).toHaveLength(5);
  });

  it('does not keep the others from being stored', async () => {
    world.files.on('/well', serves('x'));
    await world.attach('/ill');
    const well = await world.attach('/well');
    expect(await world.fetch()).toEqual({ stored: 1, failed: 1, left: 0 });
    expect((await world.row(well))['stored_url']).not.toBeNull();
  });

  it('whose worker was killed is retried once its claim has expired', async () => {
    world.files.on('/a', serves('x'));
    const id = await world.attach('/a');
    await world.store.pool.query('UPDATE attachments SET tried_at = clock_timestamp() WHERE id = $1', [id]);
    expect(await world.fetch()).toEqual({ stored: 0, failed: 0, left: 1 });
    await world.store.pool.query(
      `UPDATE attachments SET tried_at = tried_at - interval '1 hour' WHERE id = $1`,
      [id],
    );
    expect(await world.fetch()).toEqual({ stored: 1, failed: 0, left: 0 });
  });

  it('whose attempt died is retried at once by the next attempt; others keep their claims', async () => {
    world.files.on('/a', serves('x'));
    world.files.on('/b', serves('y'));
    const [dead, others] = [await world.attach('/a'), await world.attach('/b')];
    const claim =
      "UPDATE attachments SET tried_at = clock_timestamp() - $2::float8 * interval '1 s' WHERE id = $1";
    await world.store.pool.query(claim, [dead, 10]);
    await world.store.pool.query(claim, [others, 30]);
    const info = { attempt: 2, scheduledTimestampMs: systemClock.now() - 20_000 };
    const environment = new MockActivityEnvironment(info);
    expect(await world.fetch({ environment })).toEqual({ stored: 1, failed: 0, left: 1 });
    expect((await world.row(dead))['stored_url']).not.toBeNull();
  });
});

describe('attachments on unlisted hosts', () => {
  it('fail in one statement and one line of the log, however many, and the others are fetched', async () => {
    world.files.on('/well', serves('x'));
    const well = await world.attach('/well', { minute: 50 });
    const ids: string[] = [];
    for (let at = 0; at < 60; at += 1) {
      const url = ['http://one.example/a?key=secret', 'HTTPS://two.example:8443/b', 'http://one.example#c'][
        at % 3
      ]!;
      ids.push(await world.attach('', { url, minute: at }));
    }
    const other = await world.attach('', { url: 'http://one.example/a', brand: 'br_2' });
    const statements: string[] = [];
    const pool = {
      query: (text: string, values: unknown[]) => {
        statements.push(text);
        return world.store.pool.query(text, values);
      },
    };
    const log: string[] = [];
    expect(await world.fetch({ log, store: { pool: pool as unknown as Pool } })).toEqual({
      stored: 1,
      failed: 60,
      left: 0,
    });
    expect(log.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ brand: 'br_1', attachments: 60, hosts: 2, level: 40 }),
    ]);
    expect(statements.filter((text) => /UPDATE attachments[^;]*error =/.test(text))).toHaveLength(2);
    for (const id of ids) {
      const { error, tries } = await world.row(id);
      expect({ error, tries }).toMatchObject({ error: { kind: 'host-not-allowed', final: true }, tries: 1 });
      expect(JSON.stringify(error)).not.toContain('secret');
    }
    expect((await world.row(well))['stored_url']).not.toBeNull();
    expect(await world.row(other)).toMatchObject({ error: null, tries: 0 });
  });
});
