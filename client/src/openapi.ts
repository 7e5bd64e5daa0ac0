/** Generated from the API description: `npm run client:types`. */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * @example {
     *       "account_id": "acc_1",
     *       "migration_status": "migrating"
     *     }
     */
    readonly AcceptedMigration: {
      readonly account_id: string;
      readonly migration_status: components['schemas']['AccountStatus'];
    };
    /**
     * @description The account with its brands and channels.
     * @example {
     *       "account_id": "acc_1",
     *       "name": "Lakeside Dental",
     *       "status": "migrating",
     *       "migration_status": "migrating",
     *       "brands": [
     *         {
     *           "brand_id": "br_1",
     *           "name": "Lakeside Dental",
     *           "migration_status": "migrating",
     *           "channels": [
     *             {
     *               "channel_id": "ch_1",
     *               "type": "sms",
     *               "phone_number": "+15550001111",
     *               "migration_status": "porting"
     *             }
     *           ]
     *         }
     *       ]
     *     }
     */
    readonly Account: {
      readonly account_id: string;
      readonly brands: readonly components['schemas']['AccountBrand'][];
      readonly migration_status: components['schemas']['AccountStatus'];
      readonly name: string;
      /**
       * @description The older, coarser status.
       * @enum {string}
       */
      readonly status: 'inactive' | 'migrating' | 'active-recent-only' | 'active';
    };
    readonly AccountBrand: {
      readonly brand_id: string;
      readonly channels: readonly components['schemas']['AccountChannel'][];
      readonly migration_status: components['schemas']['BrandStatus'];
      readonly name: string;
    };
    readonly AccountChannel: {
      readonly channel_id: string;
      readonly migration_status: components['schemas']['ChannelStatus'];
      /** @description E.164. */
      readonly phone_number: string | null;
      /** @description Conversations' type: sms, voice, email, chat, social. */
      readonly type: string;
    };
    readonly AccountReference: {
      /**
       * @description Conversations' account id.
       * @example acc_1
       */
      readonly account_id: string;
    };
    /**
     * @description The account's migration status.
     * @enum {string}
     */
    readonly AccountStatus:
      | 'none'
      | 'pending'
      | 'migrating'
      | 'recent-messages-migrated'
      | 'all-messages-migrated'
      | 'brand-failure'
      | 'recent-messages-failure'
      | 'remaining-messages-failure';
    /** @enum {string} */
    readonly BrandStatus:
      | 'none'
      | 'pending'
      | 'migrating'
      | 'recent-messages-migrated'
      | 'all-messages-migrated'
      | 'channel-failure'
      | 'recent-messages-failure'
      | 'remaining-messages-failure';
    /** @enum {string} */
    readonly ChannelStatus: 'none' | 'pending' | 'migrating' | 'porting' | 'ready' | 'failure';
    readonly FailureReason: {
      /** @description What failed, and why. */
      readonly message: string;
      /** @description What to do about it. */
      readonly next_step: string;
      readonly since: string;
      readonly times: number;
      /**
       * @description One of a fixed set of failure types.
       * @example ChannelImpossible
       */
      readonly type: string;
    };
    readonly InputError: {
      readonly detail: string;
      /** @description The name of the field; empty if the error is about the whole. */
      readonly field: string;
      /** @enum {string} */
      readonly in: 'body' | 'query' | 'path' | 'header';
      /**
       * @description JSON pointer to the field, as a URI fragment.
       * @example #/account_id
       */
      readonly pointer: string;
    };
    /**
     * @description The statuses of an account, its brands and its channels.
     * @example {
     *       "status": "migrating",
     *       "brands": {
     *         "br_1": "migrating"
     *       },
     *       "channels": {
     *         "ch_1": "porting",
     *         "ch_2": "ready"
     *       }
     *     }
     */
    readonly MigrationStatus: {
      /** @description By brand id. */
      readonly brands: {
        readonly [key: string]: components['schemas']['BrandStatus'];
      };
      /** @description By channel id. */
      readonly channels: {
        readonly [key: string]: components['schemas']['ChannelStatus'];
      };
      readonly status: components['schemas']['AccountStatus'];
    };
    /** @description RFC 9457. */
    readonly Problem: {
      /** @description What is reachable, and what is not. */
      readonly checks?: {
        readonly [key: string]: string;
      };
      /** @description What happened, and what to do next. */
      readonly detail: string;
      /** @description For invalid input: one for each field. */
      readonly errors?: readonly components['schemas']['InputError'][];
      readonly status: number;
      readonly title: string;
      /**
       * @description The stable name of the problem.
       * @example urn:carryover:problem:not-found
       */
      readonly type: string;
      /** @description Of `GET /session`: the ways to sign in. */
      readonly ways?: readonly ('token' | 'oidc')[];
    };
    /**
     * @example {
     *       "account_id": "acc_1",
     *       "migration_status": "migrating"
     *     }
     */
    readonly StartedMigration: {
      readonly account_id: string;
      readonly failure?: components['schemas']['FailureReason'];
      readonly migration_status: components['schemas']['AccountStatus'];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
