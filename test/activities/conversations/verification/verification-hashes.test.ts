import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ImportWorld } from '../import/import-world.js';
import { A, B, forImportedAccount } from './verification-account.js';
import type { Verifier } from './verification-world.js';

let world: ImportWorld;
let verifier: Verifier;
forImportedAccount((...opened) => ([world, verifier] = opened));

describe('hashes over all records', () => {
  const ofImport = async () =>
    (
      await world.query<{ hashes: Record<string, string> }>(
        `SELECT checked -> 'hashes' AS hashes FROM carryover.phases p JOIN brands b ON b.unit_id = p.unit_id
         WHERE b.source_id = '${A}' AND p.phase = 'remaining'`,
      )
    )[0]!.hashes;
  const ofVerification = async () =>
    (
      await world.query<{ hashes: Record<string, string> }>(
        `SELECT compared -> 'hashes' AS hashes FROM carryover.verification_units t JOIN carryover.units u ON u.id = t.unit_id
         WHERE u.key = '${A}' ORDER BY verification_id DESC, pass DESC LIMIT 1`,
      )
    )[0]!.hashes;

  test('are the same in an import’s check and in a verification, and are what their definition says', async () => {
    await verifier.verify([A, B]);
    const hashes = await ofImport();
    expect(Object.keys(hashes).toSorted()).toEqual(['attachments', 'quarantined', 'superseded', 'threads']);
    expect(await ofVerification()).toEqual(hashes);

    const records = await world.query<{ thread: number; kind: string; hash: Buffer }>(
      `SELECT t.id::int AS thread, 'source' AS kind, s.source_id COLLATE "C" AS place, thread_hash(s, t) AS hash
       FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id JOIN brands b ON b.id = t.brand_id WHERE b.source_id = '${A}'
       UNION ALL
       SELECT t.id::int, 'message', m.source_id, message_hash(m)
       FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id WHERE b.source_id = '${A}'
       ORDER BY thread, kind, place`,
    );
    const sha256 = (parts: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
    const threads = [...new Set(records.map(({ thread }) => thread))].map((thread) => {
      const of = (kind: string) =>
        sha256(
          records.filter((each) => each.thread === thread && each.kind === kind).map(({ hash }) => hash),
        );
      return sha256([of('source'), of('message')]);
    });
    // Fewer threads than a chunk has.
    expect(hashes['threads']).toBe(sha256([sha256(threads)]).toString('hex'));
  });

  test.each([
    ['threads', `UPDATE messages SET body = body || '.' WHERE source_id = 'msg_03'`],
    ['threads', `UPDATE thread_sources SET status = 'archived' WHERE source_id = 'thr_3'`],
    ['attachments', `UPDATE attachments SET file_name = 'other' WHERE source_id = 'file_1'`],
    ['quarantined', `UPDATE quarantined_records SET raw = '{}' WHERE source_id = 'msg_up'`],
    ['superseded', `UPDATE carryover.superseded_copies SET attachments = 1`],
  ])('change with any record, in %s: %s', async (name, change) => {
    await verifier.verify([A, B]);
    const before = await ofVerification();
    await world.query(change);
    await verifier.verify([A, B]);
    const after = await ofVerification();
    expect(Object.keys(before).filter((each) => before[each] !== after[each])).toEqual([name]);
  });
});
