/** The API's own types, from its OpenAPI document. */

import type { components } from './openapi.js';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type MigrationStatus = Schemas['MigrationStatus'];
export type StartedMigration = Schemas['StartedMigration'];
export type AccountStatus = Schemas['AccountStatus'];
export type BrandStatus = Schemas['BrandStatus'];
export type ChannelStatus = Schemas['ChannelStatus'];
export type Problem = Schemas['Problem'];
