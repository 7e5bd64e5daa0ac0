import { storable } from '../../../domain/engine/text.js';

/** JSON for a `jsonb` parameter. Texts come from elsewhere: what jsonb cannot hold must not keep a row from being written. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  );
}
