/** Exits with 0 if the process in this container answers; /readyz tells whether it can work. */

const port = process.env.METRICS_PORT || process.env.PORT || '3000';
const path = process.env.METRICS_PORT ? 'readyz' : 'healthz';
const { status } = await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(4_000) });
process.exit(status < 600 ? 0 : 1);
