/** JSON that is assembled as text: users' answers are never parsed on the way, so numbers keep every digit and keys do not change. */

/** Valid JSON. */
export type JsonText = string;

export const EMPTY_OBJECT: JsonText = '{}';

/** @param members JSON texts by key; keys must be different */
export function objectText(members: Iterable<readonly [key: string, value: JsonText]>): JsonText {
  return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}

/** For values of our own. */
export function textOf(value: string | number | boolean | null | object): JsonText {
  return JSON.stringify(value);
}
