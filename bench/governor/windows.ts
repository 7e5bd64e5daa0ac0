import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { p95 } from '../../activities/engine/governing/share.js';
import { PressureProbe } from '../../gateways/store/sql/pressure.js';

const WARMING_SECONDS = 5;
const ALONE_SECONDS = 10;

/** The p95 of a small commit beside a shop that has just begun, in milliseconds: measured once it is warm, for as long as the probe remembers. */
export async function commitsAlone(url: string): Promise<number> {
  const probe = new PressureProbe(url);
  await sleep(WARMING_SECONDS * 1_000);
  probe.start(() => 'rest');
  await sleep(ALONE_SECONDS * 1_000);
  const commitMs = p95(probe.read().commits.between);
  await probe.stop();
  return commitMs ?? Number.NaN;
}

/** The duration of each of the shop's transactions in the window that begins now, in milliseconds. */
export async function inWindow(shop: ChildProcess, seconds: number): Promise<number[]> {
  const times = async (): Promise<number[]> => {
    shop.kill('SIGUSR2');
    const [said] = (await once(shop, 'message')) as [number[]];
    return said;
  };
  await times();
  await sleep(seconds * 1_000);
  return times();
}

export function quantile(share: number, values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}

export function at(share: number, milliseconds: readonly number[]): string {
  return quantile(share, milliseconds).toFixed(2);
}
