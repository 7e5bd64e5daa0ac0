import { SAMPLE } from '../../../dev/sample/chatwoot/generate.js';
import { startInbound } from '../../../dev/sample/chatwoot/inbound.js';
import { type Chatwoot, openChatwoot } from '../../../gateways/chatwoot/connect.js';
import { brokenOf, movedAfter, readMove } from '../../../gateways/chatwoot/verify.js';
import { ApiClient } from '../../engine/api/client.js';
import type { Means } from '../bring-up.js';
import { apiUrl } from '../environments.js';
import type { InboxDemo } from './bring-up.js';
import { endOf, lineOf, linesOf, type Migration, type Preview, previewLines } from '../../inbox/lines.js';

/** To paste meanwhile. */
export const INBOX_COMMANDS = [
  `CHATWOOT_API_ACCESS_TOKEN=${SAMPLE.administrator} carryover inbox list --account ${SAMPLE.account} --from ${SAMPLE.source}`,
  `carryover status --kind inbox ${SAMPLE.account}:${SAMPLE.source}`,
  'carryover list --kind inbox',
];

const LOOK_EVERY_MS = 500;
const WRITE_EVERY_MS = 20;
const pathOf = (inbox: string) => `/api/v1/accounts/${SAMPLE.account}/inboxes/${inbox}/migrations`;

/**
 * Moves the sample's inbox while customers write to both numbers, and checks what Chatwoot's database then holds. With `reverse` takes the move back, and
 * compares with what was there before. Returns whether all is as it must be.
 */
export async function showInbox(
  world: InboxDemo,
  { closing: { signal }, clock }: Means,
  reverse: boolean,
): Promise<boolean> {
  const { chatwootUrl } = world;
  const headers = { api_access_token: SAMPLE.administrator };
  const api = new ApiClient({ url: apiUrl(world), headers, signal, clock });
  const say = (...lines: string[]) => void process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  const chatwoot = openChatwoot(chatwootUrl, { max: 3, applicationName: 'chatwoot' });
  const { pool } = chatwoot;
  const follow = async (inbox: string, id: number): Promise<Migration> => {
    for (let last = ''; ;) {
      const found = await api.get<Migration>(`${pathOf(inbox)}/${id}`);
      const line = lineOf(found);
      if (line !== last) say(line);
      last = line;
      if (endOf(found) !== undefined) return found;
      await clock.sleep(LOOK_EVERY_MS, { signal });
    }
  };
  try {
    const asked = { destination_inbox_id: SAMPLE.destination };
    say(...previewLines(await api.get<Preview>(`${pathOf(SAMPLE.source)}/preview`, asked)));
    const before = await digest(pool);
    const inbound = startInbound(pool, [SAMPLE.source, SAMPLE.destination], {
      clock,
      everyMs: WRITE_EVERY_MS,
    });
    const { id } = await api.post<Migration>(pathOf(SAMPLE.source), asked);
    const moved = await follow(SAMPLE.source, id);
    await inbound.stop();
    say('', ...linesOf(moved));
    const wrong = [...(await brokenIn(pool, id)), ...(await lost(pool, inbound.written))];
    say(
      wrong.length === 0
        ? `  checked: every moved conversation is whole, and none of the ${inbound.written.length} messages that arrived meanwhile is lost`
        : `  wrong: ${wrong.join('; ')}`,
    );
    const isGood = moved.status === 'completed' && wrong.length === 0;
    if (!reverse || !isGood) return isGood;
    const taken = await api.post<Migration>(`${pathOf(SAMPLE.source)}/${id}/reverse`);
    const back = await follow(SAMPLE.destination, taken.id);
    const isSame = before === (await digest(pool, before));
    say('', ...linesOf(back), `  checked: ${isSame ? 'all is as before' : 'not all is as before'}`);
    return back.status === 'completed' && isSame && (await lost(pool, inbound.written)).length === 0;
  } finally {
    await chatwoot.close();
  }
}

async function brokenIn(pool: Chatwoot['pool'], migration: number): Promise<string[]> {
  const move = await readMove(pool, String(migration));
  if (move === undefined) return ['the migration is gone'];
  const found: string[] = [];
  for (let after = '0', page: string[] = []; ; after = page.at(-1) ?? after) {
    page = await movedAfter(pool, move, after, 1_000);
    if (page.length === 0) return found;
    const broken = await brokenOf(pool, move, page);
    found.push(...broken.map(({ conversation, rule }) => `${rule} of conversation ${conversation}`));
  }
}

async function lost(pool: Chatwoot['pool'], written: readonly number[]): Promise<string[]> {
  const { rows } = await pool.query<{ id: number }>(
    `SELECT w.id FROM unnest($1::integer[]) AS w(id) WHERE NOT EXISTS (SELECT FROM public.messages m WHERE m.id = w.id)`,
    [written],
  );
  return rows.map(({ id }) => `message ${id} is lost`);
}

/** Where each conversation, message and contact inbox is that was there at first. `of` is the first digest, which says up to which id. */
async function digest(pool: Chatwoot['pool'], of?: string): Promise<string> {
  const parts: string[] = [];
  const tops = of?.split(' ').map((part) => part.split(':')[0] ?? '0');
  for (const [n, table] of ['conversations', 'messages', 'contact_inboxes', 'contacts'].entries()) {
    const columns = {
      conversations: 'inbox_id, contact_id, contact_inbox_id, display_id, updated_at',
      messages: 'inbox_id, conversation_id, sender_id, updated_at',
      contact_inboxes: 'inbox_id, contact_id, source_id',
      contacts: 'name, email, phone_number, identifier, custom_attributes, blocked',
    }[table];
    const { rows } = await pool.query<{ part: string }>(
      `SELECT max(id) || ':' || md5(coalesce(string_agg(md5((id, ${columns})::text), '' ORDER BY id), '')) AS part
       FROM public.${table} WHERE $1::bigint IS NULL OR id <= $1`,
      [tops?.[n] ?? null],
    );
    parts.push(rows[0]?.part ?? '');
  }
  return parts.join(' ');
}
