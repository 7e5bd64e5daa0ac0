import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ChatwootRefusal } from './refusals.js';

/** An id as JSON or a form has it. */
const Id = Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[0-9]{1,19}$' })]);

const MoveBody = Type.Object({
  destination_inbox_id: Id,
  assignees: Type.Optional(Type.Enum(['keep', 'unassign', 'add-to-inbox'])),
  possible_matches: Type.Optional(Type.Enum(['leave', 'merge'])),
  preview_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
type MoveBody = Static<typeof MoveBody>;

/** A body that is flat, or wrapped as Rails wraps it. Throws ChatwootRefusal 422 that names the fault. */
export function moveBody(body: unknown): MoveBody {
  const given = unwrapped(body);
  if (Value.Check(MoveBody, given)) return given;
  const wrong = Object.entries(MoveBody.properties).find(
    ([name, property]) =>
      !Value.Check(property, given[name]) && (given[name] !== undefined || name === 'destination_inbox_id'),
  );
  const name = wrong?.[0] ?? 'destination_inbox_id';
  throw new ChatwootRefusal(422, given[name] === undefined ? `${name} is missing` : `${name} is invalid`);
}

function unwrapped(body: unknown): Readonly<Record<string, unknown>> {
  const given = isObject(body) ? body : {};
  return isObject(given['inbox_migration']) ? given['inbox_migration'] : given;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
