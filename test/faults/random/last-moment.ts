import { readdir, readFile, readlink } from 'node:fs/promises';
import type pg from 'pg';

/** The named transaction that a stopped process began last; undefined where it has none open. */
export async function openTransaction(store: pg.Pool, pid: number): Promise<string | undefined> {
  const { rows } = await store.query<{ name: string }>(
    `SELECT substring(application_name FROM ': (.*)$') AS name FROM pg_stat_activity
     WHERE datname = current_database() AND client_port = ANY ($1) AND application_name LIKE '%: %' AND xact_start IS NOT NULL
     ORDER BY xact_start DESC LIMIT 1`,
    [await localPortsOf(pid)],
  );
  return rows[0]?.name;
}

/** Of the process's TCP connections, as Linux lists them. */
async function localPortsOf(pid: number): Promise<number[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
  const sockets = new Set(await Promise.all(targets));
  const [, ...lines] = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).trim().split('\n');
  return lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const port = columns[1]?.split(':')[1] ?? '';
    return sockets.has(`socket:[${columns[9]}]`) ? [Number.parseInt(port, 16)] : [];
  });
}
