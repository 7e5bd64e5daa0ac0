import type pg from 'pg';
import type { Clock } from '../../../domain/engine/clock.js';

/**
 * Writes a message as Chatwoot's inbound jobs do: they find a contact inbox of the inbox and its last conversation, or begin one. $1 is the inbox, $2
 * the text.
 */
export const INBOUND = `
  WITH box AS (SELECT id, contact_id FROM public.contact_inboxes WHERE inbox_id = $1 AND contact_id IS NOT NULL ORDER BY md5(id::text || $2) LIMIT 1),
  talk AS (SELECT c.id FROM public.conversations c JOIN box ON box.id = c.contact_inbox_id ORDER BY c.id DESC LIMIT 1),
  begun AS (
    INSERT INTO public.conversations (account_id, inbox_id, contact_id, contact_inbox_id, display_id, created_at, updated_at)
    SELECT 1, $1, contact_id, id, 0, now(), now() FROM box WHERE NOT EXISTS (SELECT FROM talk) RETURNING id)
  INSERT INTO public.messages (content, account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, created_at, updated_at)
  SELECT 'live ' || $2, 1, $1, t.id, 0, 'Contact', box.contact_id, now(), now() FROM box, (SELECT id FROM talk UNION ALL SELECT id FROM begun) AS t
  RETURNING id`;

export interface Inbound {
  /** Ids of the messages that were written. */
  readonly written: readonly number[];
  stop(): Promise<void>;
}

/** Lets customers write to both inboxes, one message after the other, until it is stopped. */
export function startInbound(
  pool: Pick<pg.Pool, 'query'>,
  inboxes: readonly string[],
  { clock, everyMs }: { readonly clock: Pick<Clock, 'sleep'>; readonly everyMs: number },
): Inbound {
  const written: number[] = [];
  const end = new AbortController();
  const write = async (): Promise<void> => {
    for (let n = 0; !end.signal.aborted; n += 1) {
      const { rows } = await pool.query<{ id: number }>(INBOUND, [inboxes[n % inboxes.length], String(n)]);
      written.push(...rows.map(({ id }) => id));
      await clock.sleep(everyMs);
    }
  };
  const done = write();
  return {
    written,
    async stop() {
      end.abort();
      await done;
    },
  };
}
