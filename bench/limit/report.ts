export interface Report {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** MB of 10⁶ bytes. */
  readonly memory: number;
}

/** Runs the plain script's work, and sends its Report to the parent. */
export async function reported(work: () => Promise<void>): Promise<void> {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  process.send?.({
    seconds: (performance.now() - begun) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    memory: (process.resourceUsage().maxRSS * 1_024) / 1e6,
  } satisfies Report);
  process.disconnect?.();
}
