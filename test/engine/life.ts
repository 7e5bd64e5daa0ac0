import type pg from 'pg';
import type { Pool } from '../../gateways/store/sql/transaction.js';

export class Died extends Error {
  override readonly name = 'Died';
}

/**
 * The life of one process, as its databases see it. It passes named points, such as `store:commit#2` for the second commit. At one of them it may
 * die, after which none of its calls reaches a database, or stand still until it is let go.
 */
export class Life {
  readonly passed: string[] = [];
  readonly #counts = new Map<string, number>();
  #dead = false;
  #arrived = (): void => undefined;
  #letGo = (): void => undefined;
  /** Resolves when it stands still at `holdAt`. */
  readonly held = new Promise<void>((resolve) => (this.#arrived = resolve));
  readonly #freed = new Promise<void>((resolve) => (this.#letGo = resolve));

  constructor(private readonly ends: { readonly dieAt?: string; readonly holdAt?: string } = {}) {}

  get isDead(): boolean {
    return this.#dead;
  }

  letGo(): void {
    this.#letGo();
  }

  /** The pool as this process has it: `begin`, `commit` and `committed` of transactions, `ask` and `asked` of each single statement. */
  pool(pool: Pool, label: string): Pool {
    const connect = async (): Promise<pg.PoolClient> => {
      await this.#pass(`${label}:begin`);
      return this.#connection(await pool.connect(), label);
    };
    const query = async (...args: unknown[]): Promise<unknown> => {
      const statement = beginningOf(args[0]);
      await this.#pass(`${label}:ask ${statement}`);
      const rows = await Reflect.apply(pool.query, pool, args);
      await this.#pass(`${label}:asked ${statement}`);
      return rows;
    };
    return { connect, query } as unknown as Pool;
  }

  /** Calls of another client: `ask` and `asked` with the first argument of each. */
  calls<Reply>(call: (name: string, ...args: never[]) => Promise<Reply>, label: string): typeof call {
    return async (name, ...args) => {
      await this.#pass(`${label}:ask ${name}`);
      const reply = await call(name, ...args);
      await this.#pass(`${label}:asked ${name}`);
      return reply;
    };
  }

  #connection(connection: pg.PoolClient, label: string): pg.PoolClient {
    const send = (args: unknown[]): unknown => {
      this.#mustLive();
      return Reflect.apply(connection.query, connection, args);
    };
    const commit = async (): Promise<unknown> => {
      await this.#pass(`${label}:commit`);
      const sent = await send(['COMMIT']);
      await this.#pass(`${label}:committed`);
      return sent;
    };
    // Anything else is a stream, which must be returned at once.
    const query = (...args: unknown[]): unknown => (args[0] === 'COMMIT' ? commit() : send(args));
    return new Proxy(connection, {
      get: (target, name) => {
        if (name === 'query') return query;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #pass(name: string): Promise<void> {
    this.#mustLive();
    const times = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, times);
    const point = `${name}#${times}`;
    this.passed.push(point);
    if (point === this.ends.dieAt) this.#dead = true;
    this.#mustLive();
    if (point !== this.ends.holdAt) return;
    this.#arrived();
    await this.#freed;
  }

  #mustLive(): void {
    if (this.#dead) throw new Died('this process is dead');
  }
}

/** Enough of a statement to distinguish it from others. */
function beginningOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { readonly text: string }).text;
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 100);
}
