import { type Even, evenMessages, evenThreads } from './source/even.js';
import { type Mixed, mixedMessages, mixedThreads } from './source/mixed.js';
import { whole } from '../frame/numbers.js';
import type { SourceItem } from './source/record.js';

export { accountOf, brandOf } from './source/record.js';
export type { SourceItem } from './source/record.js';

/** The size and shape of an account with one brand. */
export type Shape = Even | Mixed;

export function threadItems(shape: Shape): Generator<SourceItem> {
  return 'perThread' in shape ? evenThreads(shape) : mixedThreads(shape);
}

export function messageItems(shape: Shape): Generator<SourceItem> {
  return 'perThread' in shape ? evenMessages(shape) : mixedMessages(shape);
}

/** `200,000 messages in threads of 40`. */
export function description(shape: Shape): string {
  const messages = `${whole(shape.messages)} messages`;
  if ('perThread' in shape) return `${messages} in even threads of ${shape.perThread}`;
  return shape.recordings ? `${messages} as they are, a fifth with recordings` : `${messages} as they are`;
}
