import { pathToFileURL } from 'node:url';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import type { Home } from './home.js';

export interface StartedWorld {
  readonly home: Home;
  readonly stack: StackEnvironment;
  readonly sample: Readonly<Record<string, string>>;
  readonly apiPort: number;
}

/** The source and the carrier of conversations, which are not used here. */
const NOBODY = 'http://127.0.0.1:9';
export const UNUSED = {
  CONVERSATIONS_API_URL: NOBODY,
  CONVERSATIONS_API_TOKEN: 'unused',
  CARRIER_API_URL: NOBODY,
  CARRIER_API_TOKEN: 'unused',
  CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.from('nobody calls back').toString('base64')}`,
};

/** The caller's variables that the processes get: where programs are, and the key for payloads in Temporal. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'TZ',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'PAYLOAD_ENCRYPTION_KEY',
];

export function apiUrl({ apiPort }: Pick<StartedWorld, 'apiPort'>): string {
  return `http://127.0.0.1:${apiPort}`;
}

/** One environment for both worker and API; each reads what it needs. */
export function processEnvironment(
  world: Omit<StartedWorld, 'home'> & { readonly home: Pick<Home, 'attachments' | 'jwtSecret'> },
): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passedOn),
    ...world.stack,
    ...world.sample,
    AUTH_JWT_SECRET: world.home.jwtSecret,
    PUBLIC_URL: apiUrl(world),
    ATTACHMENTS_URL: pathToFileURL(world.home.attachments).href,
    PORTING_POLL_SECONDS: '5',
    HOST: '127.0.0.1',
    PORT: String(world.apiPort),
  };
}
