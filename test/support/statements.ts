import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import { vi } from 'vitest';

export interface Statement {
  readonly text: string;
  readonly answer: Promise<pg.QueryResult>;
}

type Query = (...args: readonly unknown[]) => Promise<pg.QueryResult>;

const asking = new AsyncLocalStorage<Statement[]>();

/** The statements of the work on these pools, without those of other work in this process. */
export async function statementsOf<T>(
  pools: readonly pg.Pool[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly statements: readonly Statement[] }> {
  const statements: Statement[] = [];
  const spies = pools.map((pool) => {
    const query = pool.query.bind(pool) as unknown as Query;
    const noted: Query = (...args) => {
      const [asked] = args as [string | { readonly text: string }];
      const answer = query(...args);
      asking.getStore()?.push({ text: typeof asked === 'string' ? asked : asked.text, answer });
      return answer;
    };
    return vi.spyOn(pool, 'query').mockImplementation(noted as never);
  });
  try {
    return { result: await asking.run(statements, work), statements };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
