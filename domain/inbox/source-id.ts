import { digitsOf, type Identity } from './identity.js';
import type { InboxType } from './inbox-type.js';

/**
 * The `source_id` of a contact inbox in an inbox of this type. Evolution's must not be guessable, because the public API takes it as the credential:
 * an id that was Evolution's stays, unless it is only digits; any other is minted.
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
 * The pattern of a person's `source_id` in an inbox of this type, for PostgreSQL; Chatwoot sends by this id. Undefined for Evolution, whose ids are
 * random. Ids of one Meta business are allowed for types that may have them.
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
