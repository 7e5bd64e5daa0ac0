import { expect, test } from 'vitest';
import { SIGNALS } from '../../../domain/engine/messages.js';
import { forThisFile } from '../../support/for-this-file.js';
import { STEERING } from '../environment.js';
import { failing, Gate } from '../fakes.js';
import { inboxMoves, type Moves, newSubject } from './moves.js';

let moves: Moves;
forThisFile(inboxMoves, (opened) => (moves = opened));

test('a move is one run of its own, and its workflow can be started again', async () => {
  const subject = newSubject();
  const { fake, handle } = await moves.start(subject);
  await handle.result();
  expect(fake.log.filter((entry) => entry !== 'prepare')).toEqual(['move 12']);
  fake.underWay.add('13');
  const again = await moves.start(subject);
  await again.handle.result();
  expect(fake.log.filter((entry) => entry !== 'prepare')).toEqual(['move 12', 'move 13']);
});

test('a request while a move ends is handled by the same run', async () => {
  const subject = newSubject();
  const [begun, gate] = [new Gate(), new Gate()];
  const { fake, handle } = await moves.start(subject, {
    async before() {
      begun.open();
      await gate.passed;
    },
  });
  await begun.passed;
  fake.underWay.add('13');
  const second = await moves.start(subject);
  gate.open();
  await handle.result();
  expect(fake.log.filter((entry) => entry !== 'prepare')).toEqual(['move 12', 'move 13']);
  expect(second.handle.signaledRunId).toBe(handle.signaledRunId);
});

test('a failed move does not prevent the next one', async () => {
  const subject = newSubject();
  const gate = new Gate();
  const begun = new Gate();
  const { fake, handle } = await moves.start(subject, {
    async before(id) {
      if (id !== '12') return;
      begun.open();
      await gate.passed;
      throw failing('CheckUnequal', { final: true });
    },
  });
  await begun.passed;
  fake.underWay.add('13');
  await moves.start(subject);
  gate.open();
  await expect(handle.result()).rejects.toThrow('Workflow execution failed');
  expect(fake.log.filter((entry) => entry !== 'prepare')).toEqual(['move 12', 'failed 12', 'move 13']);
});

test('a cancelled migration says by whom, after its batches', async () => {
  const subject = newSubject();
  const [begun, gate] = [new Gate(), new Gate()];
  const { fake, handle } = await moves.start(subject, {
    async before() {
      begun.open();
      await gate.passed;
    },
  });
  await begun.passed;
  await handle.signal(SIGNALS.cancel, STEERING);
  gate.open();
  await expect(handle.result()).rejects.toThrow('Workflow execution failed');
  expect(fake.log.at(-1)).toBe(`cancelled by ${STEERING.by}`);
});
