import type { WorkRef } from '../../../domain/engine/work.js';
import { completeWork, workOn } from '../../engine/work.js';
import type { Engine } from '../../engine/work.js';
import type { ConversationsKind } from '../kind.js';
import type { TurnInput, VerificationImports } from './types.js';

/** The activities of verification and repair, as their workflow calls them. */
export function createTurnActivities(
  engine: Engine,
  kind: Pick<ConversationsKind, 'verify' | 'repair'>,
): VerificationImports {
  return {
    verifySlices: async (input) => {
      const ref = refOf(input);
      const { finished, halted, progress } = await workOn(engine, kind[ref.pass], ref);
      const records = Object.values(progress.read).reduce((sum, read) => sum + read, 0);
      return { finished, halted, records };
    },
    finishTurn: (input) => {
      const ref = refOf(input);
      return completeWork(engine, kind[ref.pass], ref);
    },
  };
}

function refOf({ accountId, brandId, verificationId, pass, repair }: TurnInput) {
  return {
    subject: accountId,
    unit: brandId,
    phase: String(pass),
    pass: repair ? 'repair' : 'verify',
    run: verificationId,
  } satisfies WorkRef;
}
