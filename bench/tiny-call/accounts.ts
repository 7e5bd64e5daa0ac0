import type pg from 'pg';
import { signToken } from '../../cli/token.js';

export const SECRET = 'a secret that only this benchmark knows';

export interface Question {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Creates accounts in the middle of a migration, with two brands and five channels each. Idempotent. */
export async function fillAccounts(pool: pg.Pool, accounts: number): Promise<void> {
  await pool.query(
    `INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
     SELECT 'conversations', id, json_build_object(
         'status', 'migrating',
         'brands', json_build_object('br_1_' || id, 'migrating', 'br_2_' || id, 'recent-messages-migrated'),
         'channels', json_build_object('ch_1_' || id, 'porting', 'ch_2_' || id, 'ready', 'ch_3_' || id, 'ready',
           'ch_4_' || id, 'ready', 'ch_5_' || id, 'porting'))::text, 1, now()
     FROM (SELECT 'bench_' || lpad(n::text, 7, '0') AS id FROM generate_series(0, $1 - 1) AS n) AS ids
     ON CONFLICT (kind, subject) DO NOTHING`,
    [accounts],
  );
}

export function accountId(n: number): string {
  return `bench_${String(n).padStart(7, '0')}`;
}

/** The app's poll for each of the first accounts, with a token for that account. */
export async function appQuestions(accounts: number): Promise<Question[]> {
  return Promise.all(
    Array.from({ length: accounts }, async (_, n) => {
      const id = accountId(n);
      const token = await signToken({
        secret: SECRET,
        role: 'app',
        sub: `app of ${id}`,
        accountId: id,
        expiresIn: '8h',
      });
      return question(id, token);
    }),
  );
}

export function question(id: string, token: string): Question {
  return {
    path: `/v2/check-migration-status?account_id=${id}`,
    headers: { authorization: `Bearer ${token}` },
  };
}
