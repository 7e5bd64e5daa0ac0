import { it } from 'vitest';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { verificationWorkflowId, WORKFLOW_TYPES } from '../../domain/inbox/names.js';
import { forThisFile } from '../support/for-this-file.js';
import { STEERING } from '../workflows/environment.js';
import { failing, Gate } from '../workflows/fakes.js';
import { inboxMoves, type Moves } from '../workflows/inbox/moves.js';
import { keep } from './histories.js';

let moves: Moves;
forThisFile(inboxMoves, (opened) => (moves = opened));

/** A move that stands still once it has begun. */
function held() {
  const [begun, gate] = [new Gate(), new Gate()];
  const before = async (): Promise<void> => {
    begun.open();
    await gate.passed;
  };
  return { begun, gate, before };
}

it('verification of the moves out of an inbox, in several rounds', async () => {
  const handle = await moves.server.client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId: verificationWorkflowId('1:5'),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ subject: '1:5', verificationId: '1' }],
  });
  await handle.result();
  await keep('inbox-verification', handle);
});

it('move of an inbox', async () => {
  const { handle } = await moves.start('1:1');
  await handle.result();
  await keep('inbox-done', handle);
  await keep('inbox-done.move', moves.move('1:1', '12'));
});

it('move that is asked for while another one ends, with another worker', async () => {
  const { begun, gate, before } = held();
  const { fake, handle } = await moves.start('1:2', { before });
  await begun.passed;
  fake.underWay.add('13');
  await moves.start('1:2');
  gate.open();
  await moves.replaceWorkers();
  await handle.result();
  await keep('inbox-asked-again', handle);
});

it('move that fails', async () => {
  const { handle } = await moves.start('1:3', {
    async before() {
      throw failing('CheckUnequal', { final: true });
    },
  });
  await handle.result().catch(() => undefined);
  await keep('inbox-failed', handle);
  await keep('inbox-failed.move', moves.move('1:3', '12'));
});

it('move that is paused, and then cancelled', async () => {
  const { begun, gate, before } = held();
  const { handle } = await moves.start('1:4', { before });
  await begun.passed;
  await handle.signal(SIGNALS.pause, STEERING);
  await handle.signal(SIGNALS.cancel, STEERING);
  gate.open();
  await handle.result().catch(() => undefined);
  await keep('inbox-cancelled', handle);
});
