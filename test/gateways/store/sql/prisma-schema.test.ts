import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freshStore } from '../fresh-store.js';

const SQL_TYPES: Record<string, string> = {
  BigInt: 'bigint',
  Boolean: 'boolean',
  DateTime: 'timestamp with time zone',
  Decimal: 'numeric',
  Int: 'integer',
  Json: 'jsonb',
  String: 'text',
};

test('schema.prisma has the columns that the migrations make, no more and no fewer', async () => {
  const declared = columnsOf(await readFile('prisma/schema.prisma', 'utf8'));
  const store = await freshStore();
  const { rows } = await store.pool.query<{ declaration: string }>(
    `SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS declaration
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
  );
  await store.close();
  expect(declared.length).toBeGreaterThan(100);
  expect(declared).toEqual(rows.map((row) => row.declaration).toSorted());
});

function columnsOf(schema: string): string[] {
  const models = schema.matchAll(/^model \w+ \{(.*?)^\}/gms);
  return [...models]
    .flatMap(([, body = '']) => {
      const table = /@@map\("(\w+)"\)/.exec(body)?.[1];
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
