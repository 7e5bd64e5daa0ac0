import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientNameOf } from '../../../domain/onboarding/client-name.js';
import { logIdOf, sessionIdOf } from '../../../domain/onboarding/ids.js';
import { mapUser } from '../../../domain/onboarding/session.js';
import { LEGACY_STEPS, STEPS } from '../../../domain/onboarding/steps.js';
import { codePoint } from '../../support/arbitraries.js';
import { sessionOf, USER } from './session.js';

describe('a session', () => {
  it('has an id that follows from the user alone', () => {
    expect(sessionIdOf(USER.id)).toBe('session-d1209806-6577-506d-9fc8-b57e36d5ada7');
    expect(sessionOf({ status: 'completed' }).sessionId).toBe(sessionOf().sessionId);
    expect(sessionOf().sessionId).toMatch(
      /^session-[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    expect(
      new Set(['completed', 'failed', 'rolled_back'].map((each) => logIdOf('m', USER.id, each as 'failed')))
        .size,
    ).toBe(3);
  });

  it('takes the answers to their steps as they are written, with every digit', () => {
    expect([...sessionOf().stepData]).toEqual([
      [1, '{"welcome":{},"evidence":{"a": [1e400]}}'],
      [2, '{"brand":{"tone": 12345678901234567890.10, "__proto__": 1}}'],
      [20, '{"hierarchy":{"later": true}}'],
    ]);
  });

  it('has the documents of complete steps and the one in progress, as far as they have data', () => {
    const { documents, sessionData, metadata } = sessionOf();
    expect([...documents.steps.keys()]).toEqual([1, 2]);
    expect(documents.steps.get(2)).toBe(
      '{"step_id":2,"data":{"brand":{"tone": 12345678901234567890.10, "__proto__": 1}},"saved_at":"2026-02-03T04:05:06.000007Z","version":1,"is_draft":false}',
    );
    expect(JSON.parse(documents.progress)).toEqual({
      completed: 3,
      total: 24,
      percentage: 12.5,
      started_at: USER.createdAt,
      last_updated: USER.updatedAt,
    });
    expect(JSON.parse(documents.metadata)).toEqual({
      session_id: sessionIdOf(USER.id),
      user_id: USER.id,
      workspace_id: USER.workspaceId,
      started_at: USER.createdAt,
      additional_metadata: { migrated_from_legacy: true },
    });
    expect(sessionData).toBe(
      `{"steps":{"1":${documents.steps.get(1)},"2":${documents.steps.get(2)}},"progress":${documents.progress},"metadata":${documents.metadata}}`,
    );
    expect(JSON.parse(metadata)).toEqual({ migration_version: '1.0', contradictions: [] });
  });

  it('of a completed user has all steps with data, and ends when the row was last changed', () => {
    const session = sessionOf({ status: 'COMPLETED', hasCompleted: true });
    expect(session).toMatchObject({
      currentStep: 24,
      completed: 24,
      percentage: 100,
      completedAt: USER.updatedAt,
    });
    expect([...session.documents.steps.keys()]).toEqual([1, 2, 20]);
    expect(sessionOf().completedAt).toBeNull();
  });

  it('keeps times that are null, and refuses those that ISO 8601 cannot say', () => {
    const session = sessionOf({ createdAt: null, updatedAt: null });
    expect(session).toMatchObject({ startedAt: null, updatedAt: null, completedAt: null });
    expect(JSON.parse(session.documents.progress)).toMatchObject({ started_at: null, last_updated: null });
    expect(mapUser({ ...USER, createdAt: '-infinity' })).toMatchObject({ failure: { type: 'UnusableTime' } });
  });

  it('needs a workspace, which is asked for after status and step', () => {
    expect(mapUser({ ...USER, workspaceId: null })).toMatchObject({ failure: { type: 'NoWorkspace' } });
    expect(mapUser({ ...USER, workspaceId: null, step: 'x' })).toMatchObject({
      failure: { type: 'UnknownLegacyStep' },
    });
    expect(mapUser({ ...USER, workspaceId: null, step: 'x', status: 'y' })).toMatchObject({
      failure: { type: 'UnknownLegacyStatus' },
    });
  });

  it('has one document for each complete or current step with data, for any user', () => {
    const users = fc.record({
      status: fc.constantFrom('active', 'paused', 'skipped', 'completed', 'none', ...LEGACY_STEPS),
      step: fc.option(fc.constantFrom(...LEGACY_STEPS)),
      given: fc.subarray([...LEGACY_STEPS]),
    });
    fc.assert(
      fc.property(users, ({ status, step, given }) => {
        const session = sessionOf({ status, step, answers: new Map(given.map((name) => [name, '{}'])) });
        const withData = STEPS.filter(({ legacy }) => legacy.some((name) => given.includes(name)));
        const shown = withData.filter(({ number }) => number <= session.currentStep);
        expect([...session.stepData.keys()]).toEqual(withData.map(({ number }) => number));
        expect([...session.documents.steps.keys()]).toEqual(shown.map(({ number }) => number));
        expect(session.percentage).toBe(Number(((session.completed / 24) * 100).toFixed(2)));
        expect(JSON.parse(session.sessionData)).toEqual({
          steps: Object.fromEntries([...session.documents.steps].map(([n, text]) => [n, JSON.parse(text)])),
          progress: JSON.parse(session.documents.progress),
          metadata: JSON.parse(session.documents.metadata),
        });
      }),
    );
  });
});

describe("a client's name", () => {
  it('is the full name, else what stands before the @, else nothing', () => {
    expect(clientNameOf(' Ada ', 'x@y')).toBe(' Ada ');
    for (const blank of [null, '', '\u0085\u3000']) {
      expect(clientNameOf(blank, 'ada@y')).toBe('ada');
      expect(clientNameOf(blank, 'ada')).toBe('ada');
      for (const nobody of [null, '', ' ', '@y', ' @y']) expect(clientNameOf(blank, nobody)).toBeNull();
    }
  });

  it('has the first 255 code points', () => {
    fc.assert(
      fc.property(fc.array(codePoint, { minLength: 250, maxLength: 520 }), (points) => {
        expect(clientNameOf(`x${points.join('')}`, null)).toBe(['x', ...points].slice(0, 255).join(''));
      }),
      { numRuns: 30 },
    );
  });
});
