import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freshStore } from '../fresh-store.js';

const SQL_TYPES: Record<string, string> = {
  BigInt: 'bigint',
  Boolean: 'boolean',
  Bytes: 'bytea',
  DateTime: 'timestamp with time zone',
  Decimal: 'numeric',
  Int: 'integer',
  Json: 'jsonb',
  String: 'text',
};

/** Prisma's own record of migrations, and what is read by SQL alone. */
const LEFT_OUT = [
  '_prisma_migrations',
  'signing_keys',
  'store_identity',
  'alerts',
  'alert_deliveries',
  'alert_looks',
  'onboarding_requests',
  'onboarding_results',
  'waves',
  'wave_members',
];

test('schema.prisma has exactly the columns of the migrations', async () => {
  const declared = columnsOf(await readFile('prisma/schema.prisma', 'utf8'));
  const store = await freshStore();
  const { rows } = await store.pool.query<{ declaration: string }>(
    `SELECT table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS declaration
     FROM information_schema.columns
     WHERE table_schema IN ('public', 'carryover') AND table_name <> ALL ($1)`,
    [LEFT_OUT],
  );
  await store.close();
  expect(declared.length).toBeGreaterThan(100);
  expect(declared).toEqual(rows.map((row) => row.declaration).toSorted());
});

function columnsOf(schema: string): string[] {
  const models = schema.matchAll(/^model \w+ \{(.*?)^\}/gms);
  return [...models]
    .flatMap(([, body = '']) => {
      const table = [/@@schema\("(\w+)"\)/, /@@map\("(\w+)"\)/].map((name) => name.exec(body)?.[1]).join('.');
      return [...body.matchAll(/^ {2}(\w+) +(\w+)(\?)?( .*)?$/gm)].flatMap(
        ([, field, type = '', optional = '', rest = '']) => {
          const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
          const sqlType = SQL_TYPES[type];
          return sqlType === undefined ? [] : [`${table}.${column} ${sqlType}${optional}`];
        },
      );
    })
    .toSorted();
}
