export {
  type CallOptions,
  type CarryoverClient,
  type CheckOptions,
  type ClientOptions,
  createClient,
  type StatusAnswer,
} from './client.js';
export type { Clock, SleepOptions } from './clock.js';
export { CarryoverError, type ErrorCode, type Operation } from './errors.js';
export type { Fetch, FetchAnswer, GetToken } from './http.js';
export { isUsable, type MigrateOptions } from './migrate.js';
export type { Pauses } from './pauses.js';
export type {
  Account,
  AccountStatus,
  BrandStatus,
  ChannelStatus,
  MigrationStatus,
  Problem,
  StartedMigration,
} from './types.js';
