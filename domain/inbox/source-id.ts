import { digitsOf, type Identity } from './identity.js';
import type { InboxType } from './inbox-type.js';

/**
 * The `source_id` of a contact inbox in an inbox of this type. Evolution's must be nothing that others can guess, because the public API takes it as the
 * credential: one that was Evolution's stays, unless it is only digits; any other is minted.
 *
 * @param before what it was in the source; undefined for a new one
 */
export function sourceIdIn(
  { source, destination }: { readonly source: InboxType; readonly destination: InboxType },
  identity: Identity,
  before: string | undefined,
  mint: () => string,
): string {
  if (destination === 'evolution') {
    const stays = source === 'evolution' && before !== undefined && !/^[0-9]*$/.test(before);
    return stays ? before : mint();
  }
  const digits = digitsOf(identity);
  if (digits === undefined) throw new Error(`An inbox of type ${destination} takes phone numbers only.`);
  return destination === 'twilio' ? `whatsapp:+${digits}` : digits;
}

/**
 * What a person's `source_id` looks like in an inbox of this type, as a pattern for PostgreSQL: by it Chatwoot sends. Undefined for Evolution, whose say
 * nothing. Ids of one Meta business are allowed where there may be some.
 */
export function sourceIdForm(type: InboxType): string | undefined {
  switch (type) {
    case 'cloud':
    case 'dialog':
      return '^([0-9]{1,15}|[A-Z]{2}[.].+)$';
    case 'twilio':
      return '^whatsapp:([+][0-9]{1,15}|[A-Z]{2}[.].+)$';
    case 'evolution':
      return undefined;
  }
}
