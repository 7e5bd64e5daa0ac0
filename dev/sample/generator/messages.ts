import type { Faker } from '@faker-js/faker';
import type { MessageItem, Telephony, ThreadItem } from '../contract.js';
import { attachmentsAttribute, recordingOf, textAttachments } from './attachments.js';
import type { ResolvedOptions } from './options.js';
import { mix, unit } from './random.js';
import {
  asEmail,
  callNoteText,
  conversation,
  subjectOf,
  voicemailText,
  type Cast,
  type Line,
} from './text.js';
import { iso, type ThreadTimes } from './times.js';

export interface ThreadContext {
  options: ResolvedOptions;
  thread: ThreadItem;
  times: ThreadTimes;
  cast: Cast;
  seed: number;
  messageId(index: number): string;
}

/** The content of a message, without the ids and times that every message has. */
type Content = Pick<MessageItem, 'direction' | 'kind' | 'metadata'> &
  Partial<Pick<MessageItem, 'author' | 'body' | 'attachments' | 'telephony'>>;

/** Generates a thread's messages, oldest first. */
export function* threadMessages(faker: Faker, context: ThreadContext): Generator<MessageItem> {
  const { times } = context;
  const contents = contentsFrom(faker, context, 0, mix(context.seed, 50));
  for (let index = 0; index < times.count; index++)
    yield message(context, index, times.at(index), contents.next().value);
}

/**
 * The message that comes after the thread's own ones and `place` others, sent at `at` (milliseconds since 1970). Apart from its time it is the same
 * for the same place, so that those of one thread are a conversation.
 */
export function laterMessage(faker: Faker, context: ThreadContext, place: number, at: number): MessageItem {
  const { count } = context.times;
  const contents = contentsFrom(faker, context, count, mix(context.seed, 53));
  for (let before = 0; before < place; before++) contents.next();
  return message(context, count + place, at, contents.next().value);
}

function message(context: ThreadContext, index: number, at: number, content: Content): MessageItem {
  const { thread } = context;
  const message_id = context.messageId(index);
  const sent_at = iso(at);
  return {
    thread_id: thread.thread_id,
    message_key: `${sent_at}#${message_id}`,
    message_id,
    brand_id: thread.brand_id,
    account_id: thread.account_id,
    sent_at,
    ...content,
  };
}

function* contentsFrom(
  faker: Faker,
  context: ThreadContext,
  first: number,
  seed: number,
): Generator<Content, never> {
  const lines = conversation(faker, context.cast);
  faker.seed(seed);
  for (let index = first; ; index++) {
    const id = context.messageId(index);
    yield context.thread.kind === 'void'
      ? phoneContent(faker, context, id, index)
      : textContent(faker, context, lines.next().value, id, index);
  }
}

function textContent(
  faker: Faker,
  context: ThreadContext,
  line: Line,
  messageId: string,
  index: number,
): Content {
  const { thread, cast, options } = context;
  const own = mix(context.seed, 51, index);
  const isTalk = line.speaker === 'in' || line.speaker === 'out';
  const files = isTalk && unit(own, 1) < options.attachmentRate;
  const content: Content = {
    direction: line.speaker === 'note' ? 'out' : line.speaker,
    kind: line.speaker === 'note' ? 'note' : 'text',
    ...authorOf(faker, context, line.speaker),
    body: thread.kind === 'email' && isTalk ? asEmail(faker, cast, line) : line.text,
    ...attachmentsAttribute(files ? textAttachments(options.attachmentsBaseUrl, messageId, own) : []),
    metadata: textMetadata(faker, context, line),
  };
  // A picture without text has an empty body or none, depending on the sender's program.
  if (files && unit(own, 2) < 0.3) content.body = '';
  if (files && unit(own, 2) > 0.8) delete content.body;
  return content;
}

function phoneContent(faker: Faker, context: ThreadContext, messageId: string, index: number): Content {
  const { cast, options } = context;
  const own = mix(context.seed, 52, index);
  const chance = unit(own, 1);
  if (chance < 0.06) {
    return { direction: 'out', kind: 'note', ...authorOf(faker, context, 'note'), body: callNoteText(faker, cast), metadata: {} }; // prettier-ignore
  }
  const call_id = `call_${messageId.slice(4)}`;
  if (chance < 0.3) {
    const recording = recordingOf(options.attachmentsBaseUrl, messageId, own);
    const attached = unit(own, 2) < options.attachmentRate * 10;
    return {
      direction: 'in',
      kind: 'voicemail',
      ...authorOf(faker, context, 'in'),
      body: voicemailText(faker, cast),
      ...attachmentsAttribute(attached ? [recording] : []),
      telephony: {
        call_id,
        duration_seconds: 6 + (own % 70),
        outcome: 'voicemail',
        recording_url: recording.url,
      },
      metadata: { transcription: { engine: 'standard', confidence: Math.round(unit(own, 3) * 100) / 100 } },
    };
  }
  const direction = unit(own, 4) < 0.6 ? 'in' : 'out';
  const telephony = callOf(call_id, own);
  return { direction, kind: 'call', ...authorOf(faker, context, direction), telephony, metadata: { legs: 1 + (own % 2) } }; // prettier-ignore
}

function callOf(call_id: string, seed: number): Telephony {
  const outcome = (['answered', 'answered', 'answered', 'missed', 'busy'] as const)[seed % 5] ?? 'answered';
  const duration_seconds = outcome === 'answered' ? 15 + (mix(seed, 5) % 900) : 0;
  return { call_id, duration_seconds, outcome };
}

function authorOf(faker: Faker, context: ThreadContext, speaker: Line['speaker']): { author?: string } {
  if (speaker === 'system') return {};
  if (speaker === 'in') return context.thread.c2_name === undefined ? {} : { author: context.thread.c2_name };
  return { author: faker.helpers.arrayElement(context.cast.agents) };
}

function textMetadata(
  faker: Faker,
  { thread, cast, seed }: ThreadContext,
  line: Line,
): Record<string, unknown> {
  const chance = faker.number.float();
  if (line.speaker === 'system') return { event: 'conversation' };
  if (thread.kind === 'email') return { subject: `${line.speaker === 'in' ? 'Re: ' : ''}${subjectOf(cast, seed)}`, to: [thread.c1], spam_score: Math.round(chance * 50) / 10 }; // prettier-ignore
  if (chance < 0.5) return {};
  if (line.speaker === 'out') return { delivery: { status: chance < 0.97 ? 'delivered' : 'failed', segments: 1 + Math.floor(line.text.length / 153) } }; // prettier-ignore
  return {
    client: faker.helpers.arrayElement(['ios', 'android', 'web']),
    read: chance < 0.9,
    campaign: null,
  };
}
