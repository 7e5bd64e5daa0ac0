import { openRedis } from '../redis/client.js';
import { SessionKeys } from '../redis/session-keys.js';
import { type OnboardingDatabase, openOnboardingDatabase } from './database.js';

export interface OnboardingSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Before each key in Redis. */
  readonly prefix: string;
  readonly ttlSeconds: number;
}

/** The product's two stores. */
export interface OpenOnboarding {
  readonly database: OnboardingDatabase;
  readonly keys: SessionKeys;
  close(): Promise<void>;
}

/** Connects to nothing yet. */
export function openOnboarding(
  { databaseUrl, redisUrl, prefix, ttlSeconds }: OnboardingSettings,
  applicationName: string,
): OpenOnboarding {
  const database = openOnboardingDatabase(databaseUrl, { applicationName });
  const keys = new SessionKeys({ redis: openRedis(redisUrl), prefix, ttlSeconds });
  return {
    database,
    keys,
    close: async () => void (await Promise.allSettled([database.close(), keys.close()])),
  };
}
