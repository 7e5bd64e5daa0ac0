import { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { forVerifiedWorld, type Verifier } from './verification-world.js';

export const [A, B] = ['br_1_1', 'br_1_2'] as const;
/** Of both brands. */
export const ACCOUNT = 'acc_1';

/** Before what counts as recent. */
export const OLD = '2025-03-01T12:00:00.000Z';

/** In October 2026. */
export const at = (day: number, hour = 12) => new Date(Date.UTC(2026, 9, day, hour)).toISOString();
const file = (id: string) => ({
  attachment_id: id,
  url: `http://files.example/${id}`,
  content_type: 'image/png',
});

let imported: Promise<string> | undefined;

/** A world with an account of two brands that is imported whole: merged threads, attachments, a second copy, quarantine. */
async function importedAccount(): Promise<ImportWorld> {
  imported ??= importOnce();
  const world = await ImportWorld.open({ pageRecords: 5, copied: await imported });
  await putRecords(world);
  return world;
}

/** The store of the imported account. An import takes longer than a copy of what it wrote. */
async function importOnce(): Promise<string> {
  const world = await ImportWorld.open({ pageRecords: 5 });
  await world.account(ACCOUNT, A, B);
  await putRecords(world);
  await world.migrate([A, B]);
  return world.leave();
}

async function putRecords(world: ImportWorld): Promise<void> {
  const phone = { kind: 'sms', c1: '+15550001111', c2: '+15550002222' };
  await world.put('threads', [
    threadItem(A, 'thr_1', { ...phone, c2_name: 'Ann', status: 'closed' }),
    threadItem(A, 'thr_2', { ...phone, kind: 'void', status: 'archived' }),
    threadItem(A, 'thr_3'),
    threadItem(A, 'thr_bad', { kind: 'pigeon' }),
    threadItem(B, 'thr_4'),
  ]);
  const many = Array.from({ length: 30 }, (_, n) =>
    messageItem(A, `thr_${1 + (n % 3)}`, `msg_${String(n).padStart(2, '0')}`, at(1 + (n % 28), n % 24)),
  );
  await world.put('messages', [
    ...many,
    messageItem(A, 'thr_1', 'msg_files', at(3), { attachments: [file('file_1'), file('file_2')] }),
    messageItem(A, 'thr_1', 'msg_twice', at(4)),
    messageItem(A, 'thr_3', 'msg_twice', at(6)),
    messageItem(A, 'thr_1', 'msg_up', at(5), { direction: 'up' }),
    messageItem(A, 'thr_gone', 'msg_threadless', at(7)),
    messageItem(A, 'thr_2', 'msg_foreign', at(8), { account_id: 'acc_9' }),
    messageItem(A, 'thr_bad', 'msg_of_bad', at(9)),
    messageItem(B, 'thr_4', 'msg_b', at(10)),
  ]);
}

/** Before each test of a file: the imported account in a world of its own, which `use` gets with what verifies it. */
export function forImportedAccount(use: (world: ImportWorld, verifier: Verifier) => void): void {
  forVerifiedWorld(use, importedAccount);
}
