import type { Finding, Pass } from '../../domain/engine/verification.js';
import {
  type CertifiedMove,
  inboxCertificates,
  type InboxStatement,
  totalsOf as sumOf,
} from '../../domain/inbox/certificate.js';
import { INBOX, readSubject } from '../../domain/inbox/names.js';
import { forbiddenWrites } from '../../domain/inbox/writes.js';
import { NOTHING } from '../../domain/engine/tally.js';
import {
  type Broken,
  brokenOf,
  movedAfter,
  readMove,
  verifiableMoves,
  type VerifiedMove,
} from '../../gateways/chatwoot/verify.js';
import { totalsOf, unexplainedWrites } from '../../gateways/chatwoot/statement.js';
import {
  beginTurn,
  comparedOf,
  endTurn,
  phaseOfTurn,
  readVerification,
} from '../../gateways/store/inbox/turns.js';
import { issueCertificate } from '../../gateways/store/proof/certificates.js';
import { addFindings, type TurnRef } from '../../gateways/store/proof/findings.js';
import { endVerification } from '../../gateways/store/proof/verifications.js';
import { type Pool, type Transaction, transaction } from '../../gateways/store/sql/transaction.js';
import { planPhase } from '../../gateways/store/work/plans.js';
import { type CodeVersion, runOfActivity } from '../engine/certified-run.js';
import { STORE } from '../engine/governing/governors.js';
import type { KindVerifications, PassWork, Scope } from '../engine/kind.js';
import type { Target } from '../engine/target.js';
import { together } from '../engine/together.js';
import { unitOf } from './unit-of.js';

interface VerifyDependencies {
  readonly store: Pool;
  readonly chatwoot: Pool;
}

interface VerifyScope extends Scope {
  readonly turn: TurnRef;
  readonly move: VerifiedMove;
}

/** Forbidden writes of a move, and writes that its journal lacks. */
const WRITTEN = { table: 'sums', difference: 'different', id: null } as const;
const STAGE = 'moved';
const PAGE = 1_000;
const PASS: Pass = 1;

/** Looks at every conversation that a move took, page by page, as Chatwoot's own tables have it now. Changes nothing there. */
export function verifyPass({ store, chatwoot }: VerifyDependencies): PassWork<VerifyScope, void> {
  return {
    async open(ref) {
      const turn = { verificationId: ref.run ?? '', unitId: await unitOf(store, ref), pass: PASS };
      const { ended } = await beginTurn(store, turn);
      const move = await readMove(chatwoot, ref.unit);
      return {
        turn,
        move: move ?? { id: ref.unit, accountId: '0', source: '0', destination: '0', form: undefined },
        phase: phaseOfTurn(turn),
        name: `the verification of inbox migration ${ref.unit}`,
        targets: [STORE],
        // A verification runs in one lane: no user waits for it.
        lane: { moreLanesFrom: Number.POSITIVE_INFINITY },
        isOver: ended || move === undefined,
      };
    },
    plan: (scope) =>
      planPhase(store, scope.phase, { slices: [{ stage: STAGE, lower: null, upper: null, estimate: 0 }] }),
    stages: (scope) => [
      {
        name: STAGE,
        source: {
          async read(_range, cursor) {
            const items = await movedAfter(
              chatwoot,
              scope.move,
              typeof cursor === 'string' ? cursor : '0',
              PAGE,
            );
            return { items, next: items.length === PAGE ? items.at(-1) : undefined };
          },
        },
        target: judging(store, chatwoot, scope),
      },
    ],
    async complete({ turn, move, isOver }) {
      if (isOver === true) return;
      const totals = await totalsOf(chatwoot, move.id);
      const fields = [...forbiddenWrites(totals.written), ...(await unexplainedWrites(chatwoot, move.id))];
      await endTurn(store, turn, totals, fields.length === 0 ? [] : [{ ...WRITTEN, key: move.id, fields }]);
    },
  };
}

interface Judged {
  readonly read: number;
  readonly findings: readonly Finding[];
}

function judging(store: Pool, chatwoot: Pool, { phase, move, turn }: VerifyScope): Target<string> {
  return together<string, Judged>({
    pool: store,
    name: 'commit-inbox-findings',
    phase,
    prepare: async (items) => ({
      read: items.length,
      findings: (await brokenOf(chatwoot, move, items)).map(findingOf),
    }),
    async write(tx, { read, findings }) {
      await addFindings(tx, turn, findings);
      return { ...NOTHING, read, taken: read };
    },
    withoutRefused: async (batch) => batch,
  });
}

/** A conversation, or rows that hang off it, and what is wrong. */
function findingOf({ conversation, rule, count }: Broken): Finding {
  const table = rule === 'messages' ? 'messages' : 'threads';
  return { table, difference: 'different', id: conversation, key: null, fields: [rule], count };
}

export function inboxVerifications({
  store,
  chatwoot,
  code,
}: VerifyDependencies & { readonly code: CodeVersion }): KindVerifications {
  return {
    async open(verificationId) {
      const found = await readVerification(store, verificationId);
      const units = found === undefined ? [] : await verifiableMoves(chatwoot, found.units);
      return { running: found?.running ?? false, repair: false, units };
    },
    end: (subject, verificationId, failure) =>
      transaction(store, 'end-inbox-verification', async (tx) => {
        const state = await endVerification(tx, verificationId, failure);
        if (state === 'equal') await certify(tx, subject, verificationId, code);
        return state ?? 'forgotten';
      }),
  };
}

async function certify(
  tx: Transaction,
  subject: string,
  verificationId: string,
  code: CodeVersion,
): Promise<void> {
  const of = readSubject(subject);
  const moves = await comparedOf<CertifiedMove>(tx, verificationId, PASS);
  if (of === undefined || moves.length === 0) return;
  const { id, runId } = runOfActivity();
  await issueCertificate<InboxStatement>(tx, { kind: INBOX, subject }, inboxCertificates.figureSteps, {
    account_id: Number(of.accountId),
    source_inbox_id: Number(of.source),
    made_after: 'verification',
    workflow: { id, run_id: runId },
    code,
    totals: sumOf(moves),
    moves,
  });
}
