import { storable } from '../../../domain/engine/text.js';

/** JSON for a `jsonb` parameter. Replaces characters that jsonb cannot hold, so that foreign text never prevents a write. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  );
}
