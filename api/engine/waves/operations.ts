import type { Static } from 'typebox';
import { DEFAULT_KIND } from '../../../domain/kinds.js';
import type { Clock } from '../../../domain/engine/clock.js';
import { at } from '../../../domain/engine/explain/moments.js';
import { FAILURES } from '../../../domain/engine/failures/failures.js';
import { nextStep } from '../../../domain/engine/waves/next-step.js';
import { endedOf, failedOf, totalOf, type WaveState } from '../../../domain/engine/waves/rules.js';
import { parseWindow, windowText } from '../../../domain/engine/waves/window.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  countMembers,
  listMembers,
  readWave,
  type WaveMember,
  type WaveWithCounts,
} from '../../../gateways/store/waves/read.js';
import { createWave, lockWave, refusalOf, steerWave } from '../../../gateways/store/waves/waves.js';
import { Problem } from '../../http/problems.js';
import type { KnownKinds } from '../known-kinds.js';
import { assertWord } from '../operations/pages/list.js';
import type { Asker } from '../operations/asker.js';
import { steer as steerMigration } from '../operations/steer.js';
import type { WaveBody, WaveView } from './schemas.js';

export interface WavesWorld {
  readonly store: Store;
  readonly kinds: KnownKinds;
  readonly clock: Clock;
}

/** Creates a wave, or finds the one with this key. Throws Problem 400, 404, 409; StoreUnavailable. */
export async function create(
  { store, kinds }: WavesWorld,
  body: Static<typeof WaveBody>,
  asker: Asker,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { kind } = kinds.of(body.kind ?? DEFAULT_KIND);
  if (kind.starting === undefined)
    throw new Problem(
      'conflict',
      `The kind ${kind.name} has no waves: its migrations are started elsewhere.`,
    );
  const wave = {
    kind: kind.name,
    key: body.key,
    atOnce: body.at_once,
    hours: hoursOf(body.window),
    stopPercent: body.stop_percent ?? null,
    members: membersOf(body, kind.starting),
  };
  if (body.all !== undefined) assertWord('all.status', body.all.status, kind.statuses);
  const created = await transaction(store.control, 'create-wave', (tx) =>
    createWave(tx, wave, asker.asActor),
  ).catch(refusalOf);
  if ('wave' in created) return { id: created.wave.id, isNew: created.isNew };
  if ('other' in created)
    throw new Problem(
      'conflict',
      `The key ${body.key} is that of wave ${created.other.id}, which was created with other members or limits. Choose another key.`,
    );
  if ('taken' in created)
    throw new Problem(
      'conflict',
      `Open waves have ${created.taken.slice(0, 5).join(', ')}${created.taken.length > 5 ? ` and ${created.taken.length - 5} more` : ''} already. Leave them out, or cancel the other wave.`,
    );
  throw new Problem(
    'conflict',
    `No migration with status ${body.all?.status ?? ''} can be started: there is none outside of open waves.`,
  );
}

function hoursOf(window: string | undefined): string | null {
  if (window === undefined) return null;
  const parsed = parseWindow(window);
  if (typeof parsed === 'string') throw invalid('window', parsed);
  return windowText(parsed);
}

function membersOf(
  { keys, all }: Static<typeof WaveBody>,
  { isKey }: { isKey(text: string): boolean },
): readonly string[] | { readonly status: string } {
  if ((keys === undefined) === (all === undefined))
    throw invalid('keys', 'A wave has either keys or all, not both and not none.');
  if (keys === undefined) return { status: all?.status ?? '' };
  const wrong = keys.find((key) => !isKey(key));
  if (wrong !== undefined) throw invalid('keys', `${wrong.slice(0, 100)} is not a key of this kind.`);
  return keys;
}

function invalid(field: string, detail: string): Problem {
  return new Problem('invalid-input', detail, {
    errors: [{ field, in: 'body', pointer: `#/${field}`, detail }],
  });
}

export const WAVE_STEERINGS = ['pause', 'resume', 'cancel'] as const;
export type WaveSteering = (typeof WAVE_STEERINGS)[number];

const AFTER: Readonly<Record<WaveSteering, WaveState>> = {
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
};

/** Pauses, resumes or cancels a wave. Idempotent. Throws Problem 404; 409 once it has ended. */
export async function steer(
  { store }: WavesWorld,
  id: string,
  action: WaveSteering,
  asker: Asker,
): Promise<void> {
  await transaction(store.control, 'steer-wave', async (tx) => {
    const wave = await lockWave(tx, id);
    if (wave === undefined) throw unknownWave();
    const state = AFTER[action];
    if (wave.state === state) return;
    if (wave.state === 'done' || wave.state === 'cancelled')
      throw new Problem('conflict', `There is nothing to ${action}: wave ${wave.key} is ${wave.state}.`);
    // Whoever resumes knows what has failed until then.
    const counts = await countMembers(tx, wave);
    const accepted =
      action === 'resume' && wave.state === 'stopped'
        ? { failed: failedOf(counts), ended: endedOf(counts) }
        : undefined;
    await steerWave(tx, wave, `${action}-wave`, state, asker.asActor, accepted);
  });
}

/** More than the limit of members that run at once. */
const MOST_RUNNING = 2_000;

/**
 * Pauses or resumes the running migrations of a wave, each as by a call of its own. Idempotent: if a call fails halfway, repeating it does the
 * rest. Skips migrations that have ended meanwhile.
 */
export async function steerMembers(
  { store, kinds }: WavesWorld,
  id: string,
  action: Exclude<WaveSteering, 'cancel'>,
  asker: Asker,
): Promise<void> {
  const found = await readWave(store.pool, id);
  if (found === undefined) throw unknownWave();
  const { kind } = kinds.of(found.wave.kind);
  for (const { key } of await listMembers(store.pool, id, { states: ['running'], limit: MOST_RUNNING })) {
    try {
      await steerMigration(store, kind, action, key, asker);
    } catch (error) {
      if (!(error instanceof Problem) || error.problem !== 'conflict') throw error;
    }
  }
}

export function unknownWave(): Problem {
  return new Problem('not-found', 'There is no such wave.');
}

export function waveView(found: WaveWithCounts, clock: Pick<Clock, 'now'>): Static<typeof WaveView> {
  const { wave, counts } = found;
  const step = nextStep(wave, counts, clock.now());
  const opensAt = 'until' in step ? step.until : null;
  return {
    id: wave.id,
    key: wave.key,
    kind: wave.kind,
    state: wave.state,
    state_by: wave.stateBy,
    state_since: wave.stateSince.toISOString(),
    waiting: waitingOf(found, opensAt),
    window: wave.hours,
    opens_at: opensAt,
    at_once: wave.atOnce,
    stop_percent: wave.stopPercent,
    counts: { total: totalOf(counts), ...counts },
    created_by: wave.creator.actor,
    created_at: wave.createdAt.toISOString(),
  };
}

function waitingOf({ wave, counts, held }: WaveWithCounts, opensAt: string | null): string | null {
  const { state, stateBy, stateSince, hours, atOnce, stopPercent } = wave;
  const since = at(stateSince.toISOString());
  if (counts.waiting === 0) return null;
  if (state === 'paused') return `It is paused by ${stateBy ?? 'nobody'} since ${since}.`;
  if (state === 'stopped')
    return `It stopped at ${since}: ${failedOf(counts)} of ${endedOf(counts)} have failed, and the limit is ${stopPercent ?? 100} %. Check the failures, then resume it.`;
  if (opensAt !== null) return `Its window ${hours ?? ''} opens at ${at(opensAt)}.`;
  if (counts.running >= atOnce)
    return `${counts.running} are running, and at most ${atOnce} may run at once.`;
  if (held === null) return null;
  const others = held.members > 1 ? ` and ${held.members - 1} more` : '';
  return `${held.key}${others} cannot be started now, and each is retried after a minute: ${held.failure.message}`;
}

export function memberView({ startedAt, endedAt, failure, ...member }: WaveMember) {
  return {
    ...member,
    started_at: startedAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
    failure: failure && {
      type: failure.type,
      message: failure.message,
      next_step: FAILURES[failure.type].nextStep,
    },
  };
}
