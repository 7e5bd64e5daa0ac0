/** The migrated database that those of the tests are copies of. Nobody may stay connected to it. */
export const TEMPLATE = 'carryover_template';

/** The same server's other database. */
export function onDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
