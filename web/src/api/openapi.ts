/** Generated from the API description: `npm run web:types`. */

export interface paths {
  '/session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Returns who is signed in
     * @description 401 if nobody is; `ways` of the problem says how to sign in.
     */
    get: operations['getSession'];
    put?: never;
    /**
     * Signs in with a token or a code, and sets the session cookie
     * @description The session ends with the token, after twelve hours, or when it is ended. 403 for the role `app`.
     */
    post: operations['signIn'];
    /**
     * Signs out: the session ends on every process, and its streams end
     * @description Needs `X-CSRF-Token`. Idempotent.
     */
    delete: operations['signOut'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/all-migrations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the migrations of all kinds, the latest change first
     * @description With `phase` or `needs_attention` a page may be shorter than its limit, or empty, although another follows: continue until `next_cursor` is null.
     */
    get: operations['listAllMigrations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lists who did what and when, newest first */
    get: operations['listAuditEntries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lists the kinds of migration that are on */
    get: operations['listKinds'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/failures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what needs a person in all of a kind's migrations, each with the command that fixes it
     * @description Ordered by sort of failure, then by id. A failure that stays open while you read all pages is on exactly one of them.
     */
    get: operations['listKindFailures'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns everything about one migration of a kind */
    get: operations['getKindMigration'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancels a migration; finished work stays, and it can be started again
     * @description 409 if the kind does not have this call, or the migration is not in a state for it.
     */
    post: operations['cancelKindMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/certificate/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns whether a certificate is current */
    get: operations['getKindCertificateStatus'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/explain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Says in one sentence why a migration waits, with the facts behind it
     * @description Derived from the store and from Temporal. Without Temporal the store answers, and `facts.temporal` says so. It costs no billed action.
     */
    get: operations['explainKindMigration'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/failures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what needs a person in one migration, each with the command that fixes it
     * @description Ordered by sort of failure, then by id. A failure that stays open while you read all pages is on exactly one of them.
     */
    get: operations['listKindMigrationFailures'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Pauses a migration: its work stops within one batch
     * @description 409 if the kind does not have this call, or the migration is not in a state for it.
     */
    post: operations['pauseKindMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/preflight': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Says what a start would do, without writing anything
     * @description A worker asks the source, reads some of its records (at most some dozen pages, one after the other, for some 15 seconds) and maps them as the migration would. The answer separates counts from estimates, and `unchecked` names what was not checked. It costs a few Temporal actions; calls at the same time share one. 404 if the source does not know it, or the kind has no preflight; 503 while no worker answers.
     */
    get: operations['preflightKindMigration'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resumes a paused migration
     * @description 409 if the kind does not have this call, or the migration is not in a state for it.
     */
    post: operations['resumeKindMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Retries failed work; finished work stays
     * @description 409 if the kind does not have this call, or the migration is not in a state for it.
     */
    post: operations['retryKindMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/row': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns one migration as lists show it */
    get: operations['getKindMigrationRow'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/timeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what happened to a migration, newest first
     * @description Of failures, only open ones; the list of failures has their next steps.
     */
    get: operations['listKindTimeline'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/undo': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Undoes a migration, if its kind supports it
     * @description 409 if the kind does not have this call, or the migration is not in a state for it.
     */
    post: operations['undoKindMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/units': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lists a migration's units with their phases and parts */
    get: operations['listKindUnits'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/migrations/{key}/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Reads the source again and compares everything
     * @description With `repair`, missing and different records are migrated again, then compared once more. 409 if the kind does not have this call, or the migration is not in a state for it.
     */
    post: operations['verifyKindMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/{kind}/report': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Reports what needs a person in all of a kind's migrations: the number of each sort, and the first of each */
    get: operations['getKindReport'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/inbox/sources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Inboxes that can be emptied, of all accounts */
    get: operations['listInboxSources'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/inbox/sources/{key}/destinations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Inboxes to which it can be moved */
    get: operations['listInboxDestinations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/inbox/sources/{key}/moves': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Moves an inbox */
    post: operations['startInboxMove'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/inbox/sources/{key}/moves/{id}/reverse': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Takes a move back */
    post: operations['reverseInboxMove'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/kinds/inbox/sources/{key}/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a move would do */
    get: operations['previewInboxMove'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/attachments/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Fetches failed attachments again: all, or those of a brand or a message, or one
     * @description A second call finds none that has failed, and changes nothing. 409 while the account is being reset.
     */
    post: operations['retryAttachments'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/finish': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ends following: later changes at the source are no longer imported
     * @description A last verification with repair imports changes that following has not, and issues the new certificate. Following ends with it, whatever arrives meanwhile and whichever ports are open. If that verification fails, it is requested again. 409 while not all messages are migrated, while the migration is paused or cancelled, and for an account that was never followed, such as one from a dump.
     */
    post: operations['finishMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/quarantine': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lists records that could not be imported, each with its reason */
    get: operations['listQuarantined'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/quarantine/{record}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Returns one quarantined record in its raw form
     * @description Each reading leaves an audit row.
     */
    get: operations['getQuarantined'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/quarantine/groups': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists quarantined records by root cause, each with what to do about it
     * @description Messages whose thread cannot be imported, or is missing, are counted with the thread. Groups are ordered by their first quarantined record.
     */
    get: operations['listQuarantineGroups'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/quarantine/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Reads quarantined records at the source again, and imports those that are valid now
     * @description Safe to repeat: imported records have left the quarantine. 409 while the account is being reset.
     */
    post: operations['retryQuarantined'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/quarantine/revoke-waiver': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Revokes waivers: the records need a person again
     * @description Idempotent. 409 while the account is being reset.
     */
    post: operations['revokeQuarantineWaiver'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/migrations/{account_id}/quarantine/waive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Waives quarantined records: they stay out for good and no longer need a person
     * @description The records stay in quarantine and are counted separately. A current certificate is renewed and states who waived them and why. A waiver ends when the record is imported after all, or when it is revoked. A second call replaces the reason. 409 while the account is being reset.
     */
    post: operations['waiveQuarantined'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/reset-migration': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Deletes everything that the migration created, and starts it again from the beginning
     * @description Stops what runs, cancels open port orders, and deletes rows and stored files. A number whose port is complete, or can no longer be cancelled, is not ordered again. During a reset a start is accepted and changes nothing, because the reset starts the migration itself. 403 unless MIGRATION_RESET_ALLOWED is true.
     */
    post: operations['resetMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/start-migration': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Starts the migration, or continues it after a failure
     * @description Answers at once; the work runs in the background. Idempotent: a second call while the migration runs gets the same answer and starts nothing. After a failure or a cancel it continues where it stopped. An account that is closed, or whose payload is invalid, becomes `brand-failure`; the answer has the reason if Conversations answers in time. 404 if Conversations does not know the account; 503 if the account is new and Conversations cannot be reached.
     */
    post: operations['startMigration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/summary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Sums up the migrations of all kinds */
    get: operations['getSummary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/system': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns workers, queues, the store, schedules and deployments */
    get: operations['getSystem'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/waves': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lists waves, the newest first */
    get: operations['listWaves'];
    put?: never;
    /**
     * Starts many migrations, a few at a time
     * @description The API starts the next member when one has ended, within the window, until all have ended or too many have failed. Idempotent by `key`: 200 with the existing wave. 409 if another wave has the key, or an open wave has one of the members. The body may have 4 MB.
     */
    post: operations['createWave'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/waves/{wave_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns a wave, with the members that run or have failed */
    get: operations['getWave'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/waves/{wave_id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancels a wave: waiting members are not started, and running ones continue
     * @description Idempotent. 409 once the wave has ended.
     */
    post: operations['cancelWave'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/waves/{wave_id}/members': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lists the members of a wave in the order of their starts */
    get: operations['listWaveMembers'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/waves/{wave_id}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Pauses a wave: no further member is started; running ones continue, or are paused with `members`
     * @description Idempotent. 409 once the wave has ended.
     */
    post: operations['pauseWave'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/waves/{wave_id}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resumes a wave that is paused or has stopped; earlier failures no longer count
     * @description Idempotent. 409 once the wave has ended.
     */
    post: operations['resumeWave'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * @example {
     *       "account_id": "acc_1",
     *       "migration_status": "migrating"
     *     }
     */
    AcceptedMigration: {
      account_id: string;
      migration_status: components['schemas']['AccountStatus'];
    };
    AccountReference: {
      /**
       * @description Conversations' account id.
       * @example acc_1
       */
      account_id: string;
    };
    /**
     * @description The account's migration status.
     * @enum {string}
     */
    AccountStatus:
      | 'none'
      | 'pending'
      | 'migrating'
      | 'recent-messages-migrated'
      | 'all-messages-migrated'
      | 'brand-failure'
      | 'recent-messages-failure'
      | 'remaining-messages-failure';
    AllMigrationsPage: {
      migrations: components['schemas']['ListedMigration'][];
      /** @description Null on the last page. */
      next_cursor: string | null;
    };
    AttachmentsRetried: {
      account_id: string;
      /** @description The number of attachments that will be fetched again. */
      attachments: number;
    };
    AttachmentsRetry: {
      attachment_id?: string;
      brand_id?: string;
      message_id?: string;
    };
    AuditEntry: {
      /** @description Empty if the entry is not about a single account. */
      account_id: string;
      action: string;
      /** @description The token's `sub`. */
      actor: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      /** @description Counts, the selection, the given reason. */
      details: {
        [key: string]: string | number | boolean;
      } | null;
      id: string;
      key: string;
      /** @description Empty if the entry is not about a single migration. */
      kind: string;
      /** @description The latest of several equal requests. */
      last_at: string | null;
      remote_address: string | null;
      role: string;
      /** @description The number of equal requests, including the first; only the first had an effect. */
      times: number;
    };
    AuditPage: {
      entries: components['schemas']['AuditEntry'][];
      /** @description Null on the last page. */
      next_cursor: string | null;
    };
    /** @enum {string} */
    BrandStatus:
      | 'none'
      | 'pending'
      | 'migrating'
      | 'recent-messages-migrated'
      | 'all-messages-migrated'
      | 'channel-failure'
      | 'recent-messages-failure'
      | 'remaining-messages-failure';
    /** @enum {string} */
    ChannelStatus: 'none' | 'pending' | 'migrating' | 'porting' | 'ready' | 'failure';
    Difference: {
      count: number;
      /**
       * @description `missing`: only the source has it; `extra`: only the store has it; `different`: the two are not equal; `new`: it was added to the source after the import began, which is not a fault.
       * @enum {string}
       */
      difference: 'missing' | 'extra' | 'different' | 'new';
      /** @description Up to ten, with the smallest ids. */
      samples: components['schemas']['DifferenceSample'][];
      /** @enum {string} */
      table: 'threads' | 'messages' | 'attachments' | 'quarantined_records' | 'superseded_copies' | 'sums';
    };
    DifferenceSample: {
      /** @description Names of the fields that differ; never contents. */
      fields: string[];
      /** @description The record's id in Conversations. */
      id: string | null;
      /** @description The record's key, or the message of an attachment. */
      key: string | null;
    };
    ExplainedActivity: {
      activity: string;
      attempt: number;
      failure_type: string | null;
      heartbeat_at: string | null;
      next_try_at: string | null;
      queue: string;
      since: string;
      /** @enum {string} */
      state: 'waiting' | 'backing-off' | 'running';
      worker: string | null;
    };
    ExplainedByTemporal: {
      /** @description If false, the whole answer comes from the store. */
      answers: boolean;
      queues: components['schemas']['ExplainedQueue'][];
      units: components['schemas']['ExplainedUnit'][];
      /** @description Why it does not answer. */
      why: string | null;
      workflow: components['schemas']['ExplainedWorkflow'] | null;
    };
    ExplainedQueue: {
      backlog: number;
      dispatched_per_second: number;
      /** @description When a worker last polled for a task; null if none did for five minutes. */
      polled_at: string | null;
      queue: string;
      /** @enum {string} */
      type: 'workflow' | 'activity';
      workers: number;
    };
    ExplainedUnit: {
      activities: components['schemas']['ExplainedActivity'][];
      closed_at: string | null;
      queue: string;
      /** @example running */
      status: string;
      unit: string;
      /** @description A workflow task waits for a worker. */
      untaken_since: string | null;
      workflow_id: string;
    };
    ExplainedWait: {
      details: {
        [key: string]: string | number | boolean | null;
      };
      next_step: string | null;
      /**
       * @description docs/operators.md says what each means, and what to do.
       * @enum {string}
       */
      reason:
        | 'not-started'
        | 'done'
        | 'cancelled'
        | 'cancelling'
        | 'resetting'
        | 'paused'
        | 'temporal-away'
        | 'undelivered'
        | 'refused'
        | 'failed'
        | 'stopped'
        | 'no-worker'
        | 'free-slot'
        | 'worker-silent'
        | 'foreign-lease'
        | 'source-away'
        | 'store-away'
        | 'throttled'
        | 'retrying'
        | 'held-back'
        | 'carrier'
        | 'catching-up'
        | 'between-steps'
        | 'working';
      /** @description About how many records it blocks. */
      records_left: number;
      since: string | null;
      /** @description Null for the whole migration. */
      unit: string | null;
      what: string;
    };
    ExplainedWorkflow: {
      activities: components['schemas']['ExplainedActivity'][];
      closed_at: string | null;
      queue: string;
      /** @example running */
      status: string;
      /** @description A workflow task waits for a worker. */
      untaken_since: string | null;
      workflow_id: string;
    };
    /** @description Why a migration waits, or that it does not. */
    Explanation: {
      facts: components['schemas']['ExplanationFacts'];
      key: string;
      kind: string;
      /** @description What to do; null if nothing. */
      next_step: string | null;
      /**
       * @description docs/operators.md says what each means, and what to do.
       * @enum {string}
       */
      reason:
        | 'not-started'
        | 'done'
        | 'cancelled'
        | 'cancelling'
        | 'resetting'
        | 'paused'
        | 'temporal-away'
        | 'undelivered'
        | 'refused'
        | 'failed'
        | 'stopped'
        | 'no-worker'
        | 'free-slot'
        | 'worker-silent'
        | 'foreign-lease'
        | 'source-away'
        | 'store-away'
        | 'throttled'
        | 'retrying'
        | 'held-back'
        | 'carrier'
        | 'catching-up'
        | 'between-steps'
        | 'working';
      /** @description One sentence for people. */
      sentence: string;
      since: string | null;
      waiting: boolean;
    };
    ExplanationFacts: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      cancelled: components['schemas']['SteeredBy'] | null;
      paused: components['schemas']['SteeredBy'] | null;
      /** @description Records read a second; null if none are read. */
      rate_per_second: number | null;
      resetting: components['schemas']['SteeredBy'] | null;
      /** @description One of the kind's statuses. */
      status: string;
      temporal: components['schemas']['ExplainedByTemporal'];
      /** @description Messages that Temporal does not have yet, oldest first. */
      undelivered: components['schemas']['UndeliveredMessage'][];
      /** @description All reasons found; the sentence states the first. */
      waits: components['schemas']['ExplainedWait'][];
    };
    FailedAttachment: {
      attachment_id: string;
      error: string;
      message_id: string;
      next_step: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      tries: number;
    };
    FailureReason: {
      /** @description What failed, and why. */
      message: string;
      /** @description What to do about it. */
      next_step: string;
      since: string;
      times: number;
      /**
       * @description One of a fixed set of failure types.
       * @example ChannelImpossible
       */
      type: string;
    };
    /**
     * @example {
     *       "account_id": "acc_1",
     *       "migration_status": "all-messages-migrated",
     *       "finished": false
     *     }
     */
    FinishedMigration: {
      account_id: string;
      /** @description False while the last verification is under way. */
      finished: boolean;
      migration_status: components['schemas']['AccountStatus'];
    };
    /** @description Who finishes it, and why. A last verification with repair comes first. */
    Finishing: {
      by: string;
      /** @description How many ports were open at the end; null before it. */
      open_ports: number | null;
      /**
       * @description `idle`: all ports are final and nothing has arrived for FOLLOW_IDLE_HOURS.
       * @enum {string}
       */
      reason: 'idle' | 'max-days' | 'operator';
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
    };
    /** @description What changes at the source since the migration was started. */
    Following: {
      /** @description Messages and threads added by following. */
      added: number;
      /** @description How changes at the source are found; null before following begins, and for a dump. */
      by: ('stream' | 'poll') | null;
      changed: number;
      finishing: components['schemas']['Finishing'] | null;
      /** @description The age that the oldest change not yet applied here may have; null if unknown. */
      lag_seconds: number | null;
      /** @description When the latest change arrived. */
      last_at: string | null;
      /** @description Why the account is not followed by the streams of its tables, or not at all. */
      note: string | null;
      removed: number;
      since: string | null;
      /** @description Null while the account is followed. */
      until: string | null;
    };
    HeldBack: {
      /** @description The limit, in the unit of `measured`. */
      budget: number;
      /** @description Milliseconds of a commit, or seconds of replica lag. */
      measured: number;
      /** @enum {string} */
      reason: 'commit-latency' | 'replica-lag';
      /** @description The share of the possible write rate that is used, 0 to 1. */
      share: number;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
    };
    InboxDestinations: {
      inboxes: {
        channel_type: string;
        conversations_count: number;
        id: number;
        name: string;
      }[];
    };
    InboxMove: {
      /** @enum {string} */
      assignees?: 'keep' | 'unassign' | 'add-to-inbox';
      destination_inbox_id: number;
      /** @enum {string} */
      possible_matches?: 'leave' | 'merge';
      preview_id?: string;
    };
    InboxMovePreview: {
      conflicts: {
        contacts: {
          destination_contact: {
            id: number;
            name: string;
          };
          identity: string;
          source_contact: {
            id: number;
            name: string;
          };
        }[];
        overlapping_contacts: number;
        will_be_merged: number;
      };
      counts: {
        attachments: number;
        contact_inboxes: number;
        conversations: number;
        messages: number;
      };
      destination_inbox: {
        channel_type: string;
        id: number;
        name: string;
      };
      estimated_seconds: number;
      left: {
        business_scoped: number;
        groups: number;
        lids: number;
        possible_matches: number;
        unidentified: number;
      };
      preview_id: string;
      source_inbox: {
        channel_type: string;
        id: number;
        name: string;
      };
      warnings: {
        /** @enum {string} */
        key:
          | 'LARGE_MIGRATION'
          | 'CONTACTS_WILL_MERGE'
          | 'ASSIGNEES_WITHOUT_ACCESS'
          | 'OPEN_CAMPAIGNS'
          | 'BOT_MISSING'
          | 'AUTOMATION_NAMES_INBOX'
          | 'SAME_CONTACT_HAS_CONVERSATIONS';
        params?: {
          count: number;
        };
      }[];
    };
    InboxSources: {
      inboxes: {
        account: string;
        account_id: number;
        channel_type: string;
        conversations_count: number;
        id: number;
        key: string;
        name: string;
      }[];
      /** @description Whether there are more than these 50. */
      more: boolean;
    };
    InputError: {
      detail: string;
      /** @description The name of the field; empty if the error is about the whole. */
      field: string;
      /** @enum {string} */
      in: 'body' | 'query' | 'path' | 'header';
      /**
       * @description JSON pointer to the field, as a URI fragment.
       * @example #/account_id
       */
      pointer: string;
    };
    Kind: {
      /** @description The name in paths. */
      kind: string;
      links: components['schemas']['KindLinks'];
      /** @description The name for people. */
      name: string;
      /** @description In the order in which they run. */
      phases: string[];
      /** @description The kind supports preflights. */
      preflight: boolean;
      /** @description The statuses of a migration. */
      statuses: string[];
      /** @description The calls that steer a migration. */
      steerings: string[];
      /** @description The name of a migration's units. */
      units: string;
      /** @description Many can be started as a wave. */
      waves: boolean;
    };
    KindCertificateStatus: {
      key: string;
      kind: string;
      made_at: string | null;
      /** @description The `sub` of the token that requested the reset. */
      revoked_by: string | null;
      /** @description SHA-256 of the certificate's text without a line end; hexadecimal. */
      sha256: string;
      /** @description When it was superseded or revoked. */
      since: string | null;
      /**
       * @description `superseded`: there is a newer one, or a verification has found differences since; `revoked`: a reset deleted the data it certifies; `unknown`: this installation did not create it for the migration.
       * @enum {string}
       */
      state: 'current' | 'superseded' | 'revoked' | 'unknown';
      why: ('newer-certificate' | 'differences-found' | 'reset') | null;
    };
    KindFailure: {
      /**
       * @description The command to run after the next step.
       * @example carryover quarantine retry acc_1 17
       */
      command: string;
      /** @description Unique among the failures of its kind. */
      id: string;
      /** @description The key of the migration. */
      key: string;
      /** @description The sort of failure. */
      kind: string;
      /** @description Why it failed. */
      message: string;
      /** @description What to do about it. */
      next_step: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      /** @description How often it has failed. */
      times: number;
      /** @description Empty if it is about the whole migration. */
      unit: string;
      /** @example attachment att_1 of message msg_1 */
      what: string;
    };
    KindFailuresPage: {
      failures: components['schemas']['KindFailure'][];
      /** @description Null on the last page. */
      next_cursor: string | null;
    };
    KindLinks: {
      /** @description Temporal's Web UI. */
      temporal: string | null;
    };
    /** @description Everything about one migration, in the view of its kind. */
    KindMigration: components['schemas']['Migration'];
    KindProgress: {
      done: number;
      /** @description The estimated total. */
      planned: number;
    };
    KindReport: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      /** @description The number of failures of each sort. */
      counts: {
        [key: string]: number;
      };
      /** @description The first 20 of each sort. */
      entries: components['schemas']['KindReportEntry'][];
      kind: string;
      since: string | null;
      /** @description Waived records, which the counts do not include. */
      waived: number;
    };
    KindReportEntry: {
      /**
       * @description The command to run after the next step.
       * @example carryover quarantine retry acc_1 17
       */
      command: string;
      /** @description The number of failures in the entry. */
      count: number;
      /** @description The key of the migration. */
      key: string;
      /** @description The sort of failure. */
      kind: string;
      /** @description Why it failed. */
      message: string;
      /** @description What to do about it. */
      next_step: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      /** @description How often it has failed. */
      times: number;
      /** @description Empty if it is about the whole migration. */
      unit: string;
      /** @example attachment att_1 of message msg_1 */
      what: string;
    };
    /**
     * @example {
     *       "kinds": [
     *         {
     *           "kind": "conversations",
     *           "name": "Conversations",
     *           "units": "brands",
     *           "phases": [
     *             "recent",
     *             "remaining"
     *           ],
     *           "statuses": [
     *             "none",
     *             "pending",
     *             "migrating",
     *             "all-messages-migrated"
     *           ],
     *           "steerings": [
     *             "pause",
     *             "resume",
     *             "cancel",
     *             "retry",
     *             "verify",
     *             "finish"
     *           ],
     *           "preflight": true,
     *           "waves": true,
     *           "links": {
     *             "temporal": null
     *           }
     *         }
     *       ]
     *     }
     */
    Kinds: {
      kinds: components['schemas']['Kind'][];
    };
    ListedMigration: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      changed_at: string;
      key: string;
      kind: string;
      name: string;
      /** @description Whether `failures` lists anything. */
      needs_attention: boolean;
      paused: components['schemas']['Steered'] | null;
      /** @description The current phase, also while the migration is paused or has failed. */
      phase: string;
      progress: components['schemas']['KindProgress'];
      /** @description Records a second; 0 while nothing moves. */
      rate: number;
      /** @description From the observed rate and the bounds of the remaining records; null while unknown. */
      seconds_left: components['schemas']['SecondsLeft'] | null;
      /** @description One of the kind's statuses. */
      status: string;
    };
    /** @description Everything about one migration. */
    Migration: {
      account_id: string;
      attachments: components['schemas']['MigrationAttachments'];
      brands: components['schemas']['MigrationBrand'][];
      cancelled: components['schemas']['Steered'] | null;
      changed_at: string | null;
      /** @description Why the account itself cannot be migrated. */
      failure: components['schemas']['FailureReason'] | null;
      following: components['schemas']['Following'];
      links: components['schemas']['MigrationLinks'];
      messages: components['schemas']['Progress'];
      /** @description Messages that Temporal has refused for good, and that no later accepted message has replaced. */
      messages_refused: components['schemas']['RefusedMessage'][];
      /** @description Messages that are not yet delivered to Temporal. */
      messages_to_temporal: number;
      migration_status: components['schemas']['AccountStatus'];
      name: string;
      paused: components['schemas']['Steered'] | null;
      /**
       * @description The current phase, also while the migration is paused or has failed.
       * @enum {string}
       */
      phase: 'waiting' | 'preparing' | 'recent' | 'remaining' | 'done';
      ports: components['schemas']['Port'][];
      quarantined: components['schemas']['MigrationQuarantine'];
      /** @description Messages a second; null while nothing is imported. */
      rate_per_second: number | null;
      /** @description Messages since this time are 'recent'. */
      recent_since: string | null;
      /** @description What has failed and is retried without further action, the longest first; at most 20. None of it is a failure yet. */
      retrying: components['schemas']['RetriedWork'][];
      /** @description Estimated from the current rate; null while there is no rate, or while the rest is unknown. */
      seconds_left: number | null;
      /** @description Estimated for `planned_high`. */
      seconds_left_high: number | null;
      /** @description Estimated for `planned_low`. */
      seconds_left_low: number | null;
      /** @description The first start. */
      started_at: string | null;
      threads: components['schemas']['Progress'];
      /** @description An earlier verification that found differences, if no later one has ended equal; else null. */
      unequal_verification: components['schemas']['Verification'] | null;
      /** @description The latest; null before the first. */
      verification: components['schemas']['Verification'] | null;
    };
    MigrationAttachments: {
      failed: number;
      /** @description The first 20. */
      failures: components['schemas']['FailedAttachment'][];
      /** @description The estimated number; while messages are still being read, it is estimated from those that are read. */
      planned: number;
      /** @description Null while it is unknown. */
      planned_high: number | null;
      planned_low: number;
      rate_per_second: number | null;
      /** @description Estimated from the current rate; null while there is no rate, or while the rest is unknown. */
      seconds_left: number | null;
      /** @description Estimated for `planned_high`. */
      seconds_left_high: number | null;
      /** @description Estimated for `planned_low`. */
      seconds_left_low: number | null;
      /** @description Approximate. */
      stored: number;
      waiting: number;
    };
    MigrationBrand: {
      brand_id: string;
      channels: components['schemas']['MigrationChannel'][];
      failure: components['schemas']['FailureReason'] | null;
      migration_status: components['schemas']['BrandStatus'];
      name: string;
      phases: components['schemas']['MigrationPhase'][];
    };
    MigrationChannel: {
      channel_id: string;
      failure: components['schemas']['FailureReason'] | null;
      migration_status: components['schemas']['ChannelStatus'];
      name: string | null;
      phone_number: string | null;
      type: string;
    };
    MigrationLinks: {
      /** @description The workflow in Temporal's Web UI. */
      temporal: string | null;
    };
    MigrationPhase: {
      /** @description The comparison; null before the phase is complete. */
      check: components['schemas']['PhaseCheck'] | null;
      /** @description When the store was found equal to the source. */
      completed_at: string | null;
      /** @description Why writing is throttled to protect the users of the store; null while it is not. */
      held_back: components['schemas']['HeldBack'] | null;
      messages: components['schemas']['Progress'];
      /**
       * @example recent
       * @example remaining
       */
      phase: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      planned_at: string;
      /**
       * @description `checking`: everything is read; threads are settled and both sides are compared.
       * @enum {string}
       */
      step: 'reading' | 'checking' | 'done';
      threads: components['schemas']['Progress'];
    };
    MigrationQuarantine: {
      messages: number;
      /** @description The first 20. */
      records: components['schemas']['QuarantinedSummary'][];
      threads: number;
      /** @description The number of these that are waived, and so need no person. */
      waived: number;
    };
    MigrationUnit: {
      /** @description Of the first 1,000 of the migration. */
      failures: number;
      name: string;
      parts: components['schemas']['UnitPart'][];
      phases: components['schemas']['UnitPhase'][];
      since: string | null;
      status: string;
      unit: string;
    };
    MigrationUnits: {
      units: components['schemas']['MigrationUnit'][];
    };
    /** @description Either `keys` or `all`. */
    NewWave: {
      all?: {
        /** @description All migrations with this status, oldest first, except those of open waves and paused or cancelled ones. */
        status: string;
      };
      /** @description How many may run at once. */
      at_once: number;
      /**
       * @description Chosen by the caller; a repeated key finds the existing wave.
       * @example march-2026
       */
      key: string;
      /** @description What to start, in this order; accounts by their ids. */
      keys?: string[];
      /** @description Default: conversations. */
      kind?: string;
      /** @description Stops when more than this share of those that ended has failed; the first 20 count as if all had ended. Default: never. */
      stop_percent?: number;
      /**
       * @description The hours in which migrations may be started, in local time of a time zone; default: always.
       * @example 22:00–06:00 Europe/Berlin
       */
      window?: string;
    };
    PhaseCheck: {
      /** @description Messages that the store holds. */
      held: number;
      quarantined: number;
      /** @description Messages that the source gave, copies included. */
      read: number;
      /** @description Sum of the digests of what was read. */
      source_digest: string;
      /** @description Sum of the digests of what the store holds. */
      store_digest: string;
      /** @description Copies of a message of which the store holds another copy. */
      superseded: number;
      /** @description Threads in the store, after merging. */
      threads_held: number;
      /** @description Source threads. */
      threads_read: number;
    };
    Port: {
      /** @description The leading channel of the number; others with the same number follow it. */
      channel_id: string;
      phone_number: string;
      port_order_id: string | null;
      reason: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      /** @enum {string} */
      status: 'pending' | 'refused' | 'submitted' | 'foc' | 'complete' | 'exception' | 'cancelled';
    };
    /** @description What a start would do. */
    Preflight: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      bytes: components['schemas']['PreflightBytes'];
      cost: components['schemas']['PreflightCost'];
      key: string;
      kind: string;
      name: string | null;
      parts: components['schemas']['PreflightParts'];
      ports: components['schemas']['PreflightPorts'];
      quarantine: components['schemas']['PreflightQuarantine'];
      records: components['schemas']['PreflightRecords'][];
      sample: components['schemas']['PreflightSample'];
      start: components['schemas']['PreflightStart'];
      time: components['schemas']['PreflightTime'];
      /** @description What was not checked, a sentence each. */
      unchecked: string[];
      units: components['schemas']['PreflightUnits'];
    };
    PreflightBytes: {
      /** @description Counted, not estimated. */
      exact: boolean;
      /** @description Null if nothing limits it. */
      high: number | null;
      low: number;
    };
    PreflightCost: {
      basis: string;
      /** @description Null if unknown. */
      dollars: components['schemas']['PreflightRange'] | null;
      /** @description Null if unknown. */
      read_units: components['schemas']['PreflightRange'] | null;
      /** @description Null if unknown. */
      temporal_actions: components['schemas']['PreflightRange'] | null;
    };
    /** @description Parts of units that are created before records are read: an account's channels. */
    PreflightParts: {
      impossible: number;
      made: number;
      /** @description What cannot be created, and why; the first hundred. */
      problems: components['schemas']['PreflightProblem'][];
      to_make: number;
      total: number;
    };
    PreflightPorts: {
      ended: number;
      open: number;
      to_order: number;
    };
    PreflightProblem: {
      next_step: string;
      part: string | null;
      reason: string;
      unit: string;
    };
    PreflightQuarantine: {
      reasons: components['schemas']['PreflightReason'][];
      /** @description Of the sample. */
      records: number;
    };
    PreflightRange: {
      from: number;
      to: number;
    };
    PreflightReason: {
      cause: string;
      examples: string[];
      next_step: string;
      reason: string;
      records: number;
      table: string;
    };
    PreflightRecords: {
      /** @description Counted, not estimated. */
      exact: boolean;
      /** @description Null if nothing limits it. */
      high: number | null;
      low: number;
      /** @example messages */
      stage: string;
    };
    PreflightSample: {
      bytes: number;
      /** @description The sample is everything that would be read. */
      complete: boolean;
      pages: number;
      records: number;
      /** @description Why sampling ended early. */
      stopped: string | null;
    };
    PreflightStart: {
      next_step: string | null;
      /**
       * @description `begins`, `continues` with what is left, `runs` already, `done`: nothing is left, `refused`: it would end at once.
       * @enum {string}
       */
      outcome: 'begins' | 'continues' | 'runs' | 'done' | 'refused';
      sentence: string;
    };
    PreflightTime: {
      basis: string;
      /** @description Null if unknown. */
      seconds: components['schemas']['PreflightRange'] | null;
    };
    PreflightUnit: {
      name: string | null;
      phases: string[];
      records: components['schemas']['PreflightRecords'][] | null;
      status: string;
      unit: string;
    };
    PreflightUnits: {
      /** @description The first hundred. */
      listed: components['schemas']['PreflightUnit'][];
      /** @description Of which records were read. */
      surveyed: number;
      /** @description Units with work left. */
      total: number;
    };
    /** @description RFC 9457. */
    Problem: {
      /** @description What is reachable, and what is not. */
      checks?: {
        [key: string]: string;
      };
      /** @description What happened, and what to do next. */
      detail: string;
      /** @description For invalid input: one for each field. */
      errors?: components['schemas']['InputError'][];
      status: number;
      title: string;
      /**
       * @description The stable name of the problem.
       * @example urn:carryover:problem:not-found
       */
      type: string;
      /** @description Of `GET /session`: the ways to sign in. */
      ways?: ('token' | 'oidc')[];
    };
    Progress: {
      /** @description The number that was read and either written or quarantined. */
      done: number;
      /** @description The estimated number. While `planned_high` is null it is only the number known so far. */
      planned: number;
      /** @description The upper bound, estimated from samples; null while it is unknown. Equals `planned_low` once everything is read. */
      planned_high: number | null;
      /** @description The lower bound. */
      planned_low: number;
      quarantined: number;
    };
    QuarantinedRecord: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      brand_id: string;
      /** @description Id of a group of records with the same root cause. */
      group: string;
      /** @description Carryover's id of the record; a retry keeps it. */
      id: string;
      /** @description What to do about it. */
      next_step: string;
      reason: string;
      /** @description The record's own id, if it has one. */
      source_id: string | null;
      /** @description Hash and range key, joined by `/`. */
      source_key: string;
      /**
       * @description The source's table.
       * @enum {string}
       */
      source_table: 'threads' | 'messages';
      /** @description Why the message's thread was refused, if that is why the message is in quarantine. */
      thread_reason: string | null;
      /** @description Who waived the record, and why. */
      waiver: components['schemas']['QuarantineWaiver'] | null;
    };
    QuarantinedRecordInFull: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      brand_id: string;
      /** @description Id of a group of records with the same root cause. */
      group: string;
      /** @description Carryover's id of the record; a retry keeps it. */
      id: string;
      /** @description What to do about it. */
      next_step: string;
      /** @description DynamoDB's attribute-value JSON; null for another account's record, which is not kept. */
      raw: unknown;
      reason: string;
      /** @description The record's own id, if it has one. */
      source_id: string | null;
      /** @description Hash and range key, joined by `/`. */
      source_key: string;
      /**
       * @description The source's table.
       * @enum {string}
       */
      source_table: 'threads' | 'messages';
      /** @description Why the message's thread was refused, if that is why the message is in quarantine. */
      thread_reason: string | null;
      /** @description Who waived the record, and why. */
      waiver: components['schemas']['QuarantineWaiver'] | null;
    };
    QuarantinedSummary: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      reason: string;
      source_id: string | null;
      source_table: string;
    };
    QuarantineGroup: {
      /** @enum {string} */
      cause:
        | 'another-account'
        | 'id-held-by-another-account'
        | 'no-thread-record'
        | 'thread-not-taken'
        | 'gone-from-source'
        | 'refused-by-store'
        | 'no-date'
        | 'wrong-type'
        | 'missing'
        | 'unknown-word'
        | 'too-long'
        | 'malformed';
      /** @description The command to run after the next step. */
      command: string;
      /** @description Id of a group of records with the same root cause. */
      group: string;
      /** @description Messages, including those that are kept out with a thread. */
      messages: number;
      /** @description What to do about it. */
      next_step: string;
      /** @description The root cause. */
      reason: string;
      /** @description Threads and messages. */
      records: number;
      /** @description Up to five, the first that were quarantined. */
      samples: {
        brand_id: string;
        /** @description Carryover's id of the record. */
        id: string;
        /** @description Messages that this thread keeps out. */
        messages: number;
        /** @description The record's key; for a missing thread its id. */
        source_key: string;
      }[];
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      /**
       * @description The source's table.
       * @enum {string}
       */
      source_table: 'threads' | 'messages';
      /** @description Threads that are the cause: refused or missing. */
      threads: number;
      waived: number;
    };
    QuarantineGroupsPage: {
      groups: components['schemas']['QuarantineGroup'][];
      /** @description Null on the last page. */
      next_cursor: string | null;
    };
    QuarantinePage: {
      /** @description Null on the last page. */
      next_cursor: string | null;
      records: components['schemas']['QuarantinedRecord'][];
    };
    QuarantineRetried: {
      account_id: string;
      /** @description The number of records that will be read again; null for all. */
      records: number | null;
    };
    /** @description Records or a group; without either, all records of the account. */
    QuarantineRetry: {
      /** @description Id of a group of records with the same root cause. */
      group?: string;
      /** @description Ids or keys. */
      records?: string[];
    };
    /** @description Records or a group. */
    QuarantineWaive: {
      /** @description Id of a group of records with the same root cause. */
      group?: string;
      /** @description Why they stay out. It is shown with your name and certified, so it must not contain names or numbers of people. */
      reason: string;
      /** @description Ids or keys. */
      records?: string[];
    };
    QuarantineWaived: {
      account_id: string;
      /** @description The number of records whose waiver has changed. */
      records: number;
    };
    QuarantineWaiver: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      /** @description The token's `sub`. */
      by: string;
      reason: string;
    };
    /** @description Records or a group. */
    QuarantineWaiverRevocation: {
      /** @description Id of a group of records with the same root cause. */
      group?: string;
      /** @description Ids or keys. */
      records?: string[];
    };
    QueuedInboxMove: {
      id: number;
      /** @description Where it is watched: a reverse is a migration out of the other inbox. */
      key: string;
    };
    RefusedMessage: {
      /** @description The command that sends it again. */
      command: string;
      /**
       * @example start
       * @example pause
       */
      kind: string;
      next_step: string;
      /** @description Temporal's own words. */
      reason: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      workflow_id: string;
    };
    RetriedWork: {
      /** @description The latest attempt that failed. */
      attempt: number;
      /** @description Null if it is not about a brand, or is about a channel. */
      brand_id: string | null;
      channel_id: string | null;
      /** @description Why the latest attempt failed. */
      message: string;
      /** @description Null while an attempt runs. */
      next_try_at: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      /** @description The number of lanes or ports that fail in the same way. */
      tasks: number;
      type: string;
      /** @example importing recent messages of brand br_1 */
      what: string;
    };
    SecondsLeft: {
      from: number;
      to: number;
    };
    Session: {
      /** @description Send it as `X-CSRF-Token` with each request that changes something and has the cookie. */
      csrf_token: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      expires_at: string;
      /** @enum {string} */
      role: 'service' | 'operator' | 'admin';
      /** @description Who is signed in. */
      subject: string;
      /** @description The ways to sign in: with a token, with OpenID Connect. */
      ways: ('token' | 'oidc')[];
    };
    SignIn: {
      /** @description A code of `POST /v2/sign-in-codes`. */
      code?: string;
      /** @description A JWT. */
      token?: string;
    };
    /**
     * @example {
     *       "account_id": "acc_1",
     *       "migration_status": "migrating"
     *     }
     */
    StartedMigration: {
      account_id: string;
      failure?: components['schemas']['FailureReason'];
      migration_status: components['schemas']['AccountStatus'];
    };
    StatusCount: {
      count: number;
      kind: string;
      status: string;
    };
    Steered: {
      /** @description The token's `sub`. */
      by: string;
      since: string;
    };
    SteeredBy: {
      by: string;
      since: string;
    };
    /**
     * @example {
     *       "kind": "conversations",
     *       "key": "acc_1",
     *       "status": "migrating"
     *     }
     */
    SteeredMigration: {
      key: string;
      kind: string;
      /** @description One of the kind's statuses. */
      status: string;
    };
    Summary: {
      by_status: components['schemas']['StatusCount'][];
      /** @description Done, with a last change since midnight UTC. */
      done_today: number;
      failed: number;
      /** @description Until they are resumed, counted neither as running nor as waiting. */
      paused: number;
      /** @description Records a second; 0 while nothing moves. */
      rate: number;
      running: number;
      /** @description From the observed rate and the bounds of the remaining records; null while unknown. */
      seconds_left: components['schemas']['SecondsLeft'] | null;
      /** @description Started, and not yet running. */
      waiting: number;
    };
    System: {
      api: components['schemas']['SystemApi'];
      deployments: components['schemas']['SystemDeployment'][];
      queues: components['schemas']['SystemQueue'][];
      schedules: components['schemas']['SystemSchedule'][];
      store: components['schemas']['SystemStore'] | null;
      /** @description Systems that did not answer; their data is missing here. */
      unreachable: ('store' | 'temporal')[];
      /** @description Workers that have polled for work within the last minutes. */
      workers: components['schemas']['SystemWorker'][];
    };
    SystemApi: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      started_at: string;
      version: string;
    };
    SystemDeployment: {
      created_at: string | null;
      name: string;
      version: string | null;
    };
    SystemQueue: {
      /** @description About how many tasks wait. */
      backlog: number | null;
      /** @enum {string} */
      kind: 'workflow' | 'activity';
      oldest_seconds: number | null;
      queue: string;
    };
    SystemReplica: {
      lag_seconds: number | null;
      name: string;
    };
    SystemSchedule: {
      id: string;
      last: string | null;
      next: string | null;
      paused: boolean;
    };
    SystemStore: {
      connections: number;
      migrations_pending: number;
      replicas: components['schemas']['SystemReplica'][];
      size_bytes: number;
      version: string;
    };
    SystemWorker: {
      identity: string;
      last_access: string | null;
      queue: string;
      /** @description The build that it names. */
      version: string | null;
    };
    Timeline: {
      events: components['schemas']['TimelineEvent'][];
      /** @description Null on the last page. */
      next_cursor: string | null;
    };
    TimelineEvent: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      at: string;
      by: string | null;
      detail: string | null;
      /** @enum {string} */
      type: 'status' | 'steering' | 'failure' | 'port' | 'verification' | 'following';
      unit: string | null;
      what: string;
    };
    UndeliveredMessage: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      next_try_at: string;
      signal: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      since: string;
      tries: number;
    };
    UnitPart: {
      id: string;
      name: string;
      since: string | null;
      status: string;
      type: string;
    };
    UnitPhase: {
      done: number;
      phase: string;
      /** @description The estimated total; more than `done` until the phase is done. */
      planned: number;
      quarantined: number;
      /** @description Records a second; 0 while nothing moves. */
      rate: number;
      /** @description From the observed rate and the bounds of the remaining records; null while unknown. */
      seconds_left: components['schemas']['SecondsLeft'] | null;
      /** @enum {string} */
      status: 'waiting' | 'reading' | 'checking' | 'done';
    };
    /** @description The record-by-record comparison of the source, read again, with the store. */
    Verification: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      asked_at: string;
      /** @description The token's `sub`. */
      asked_by: string;
      brands: components['schemas']['VerificationBrand'][];
      ended_at: string | null;
      failure: components['schemas']['VerificationFailure'] | null;
      /** @description Whether missing and different records are imported again. */
      repair: boolean;
      /** @enum {string} */
      state: 'running' | 'equal' | 'unequal' | 'failed';
    };
    VerificationBrand: {
      brand_id: string;
      compared: components['schemas']['VerifiedSides'] | null;
      differences: components['schemas']['Difference'][];
      /** @description 2 is the comparison after a repair. */
      pass: number;
      /** @description Compared records and their estimated number; null once the brand is done. */
      progress: components['schemas']['VerificationProgress'] | null;
      /** @description The differences that the first pass of a repair found, and imported again. */
      repaired: components['schemas']['Difference'][];
      /**
       * @description `not-imported`: its import has not read everything, so it was not compared.
       * @enum {string}
       */
      state: 'running' | 'equal' | 'unequal' | 'not-imported';
    };
    VerificationFailure: {
      message: string;
      next_step: string;
      type: string;
    };
    VerificationProgress: {
      /** @description The number that the import has read. */
      planned: number;
      rate_per_second: number | null;
      read: number;
      /** @description Null while there is no rate, and once `read` has reached `planned`. */
      seconds_left: number | null;
    };
    VerificationState: {
      repair: boolean;
      /** @enum {string} */
      state: 'running' | 'equal' | 'unequal' | 'failed';
    };
    VerifiedSide: {
      attachments: number;
      attachments_digest: string;
      /** @description Message records, including copies and quarantined ones. */
      messages: number;
      messages_digest: string;
      quarantined_threads: number;
      /** @description Source threads. */
      threads: number;
      threads_digest: string;
    };
    VerifiedSides: {
      source: components['schemas']['VerifiedSide'];
      store: components['schemas']['VerifiedSide'];
    };
    Verify: {
      /** @description Import missing and different records again; nothing is deleted. */
      repair?: boolean;
    };
    /**
     * @example {
     *       "kind": "conversations",
     *       "key": "acc_1",
     *       "verification": {
     *         "state": "running",
     *         "repair": false
     *       }
     *     }
     */
    VerifyingMigration: {
      key: string;
      kind: string;
      verification: components['schemas']['VerificationState'];
    };
    /** @description Many migrations that are started a few at a time. */
    Wave: {
      at_once: number;
      counts: components['schemas']['WaveCounts'];
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      created_at: string;
      created_by: string;
      id: string;
      key: string;
      kind: string;
      /** @description Set while the wave waits for its window. */
      opens_at: string | null;
      /**
       * @description `stopped`: too many have failed; a resume continues.
       * @enum {string}
       */
      state: 'running' | 'paused' | 'stopped' | 'cancelled' | 'done';
      /** @description Null if no person did it. */
      state_by: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      state_since: string;
      stop_percent: number | null;
      /** @description Why no member is being started, as a sentence; null if one is, or none is left. */
      waiting: string | null;
      window: string | null;
    };
    WaveCounts: {
      cancelled: number;
      done: number;
      failed: number;
      refused: number;
      running: number;
      skipped: number;
      total: number;
      waiting: number;
    };
    WaveMember: {
      ended_at: string | null;
      /** @description Why its start was refused, or could not be prepared last time while it waits. */
      failure: components['schemas']['WaveRefusal'] | null;
      key: string;
      /** @description In the order of the starts. */
      position: number;
      started_at: string | null;
      /** @enum {string} */
      state: 'waiting' | 'running' | 'done' | 'failed' | 'refused' | 'cancelled' | 'skipped';
      /** @description Of its migration. */
      status: string | null;
    };
    WaveMembers: {
      members: components['schemas']['WaveMember'][];
      /** @description Null on the last page. */
      next_cursor: string | null;
    };
    WaveRefusal: {
      message: string;
      next_step: string;
      type: string;
    };
    Waves: {
      /** @description Null on the last page. */
      next_cursor: string | null;
      waves: components['schemas']['Wave'][];
    };
    WaveSteering: {
      /** @description Also pause or resume each running migration of the wave. Default: false. */
      members?: boolean;
    };
    WaveWithMembers: {
      at_once: number;
      counts: components['schemas']['WaveCounts'];
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      created_at: string;
      created_by: string;
      id: string;
      key: string;
      kind: string;
      /** @description Those that run and those that have failed or were refused; the first hundred. */
      members: components['schemas']['WaveMember'][];
      /** @description Set while the wave waits for its window. */
      opens_at: string | null;
      /**
       * @description `stopped`: too many have failed; a resume continues.
       * @enum {string}
       */
      state: 'running' | 'paused' | 'stopped' | 'cancelled' | 'done';
      /** @description Null if no person did it. */
      state_by: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC.
       * @example 2026-03-01T10:00:00.000Z
       */
      state_since: string;
      stop_percent: number | null;
      /** @description Why no member is being started, as a sentence; null if one is, or none is left. */
      waiting: string | null;
      window: string | null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  getSession: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Who is signed in. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  signIn: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SignIn'];
      };
    };
    responses: {
      /** @description Who is signed in. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  signOut: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Nobody is signed in. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAllMigrations: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
        /** @description Only those with failures, or only those without. */
        needs_attention?: 'true' | 'false';
        /** @description Only those that are in this phase. */
        phase?: string;
        /** @description Only those whose key or name contains this, in upper or lower case. */
        q?: string;
        /** @description One of a kind's statuses. */
        status?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AllMigrationsPage'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAuditEntries: {
    parameters: {
      query?: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id?: string;
        action?:
          | 'start'
          | 'pause'
          | 'resume'
          | 'cancel'
          | 'undo'
          | 'retry'
          | 'reset'
          | 'retry-attachments'
          | 'retry-quarantined'
          | 'export-quarantined'
          | 'waive-quarantined'
          | 'revoke-waivers'
          | 'verify'
          | 'repair'
          | 'finish'
          | 'read-quarantined'
          | 'decode-payloads'
          | 'create-wave'
          | 'pause-wave'
          | 'resume-wave'
          | 'cancel-wave'
          | 'sign-in'
          | 'sign-out';
        /** @description The token's `sub`. */
        by?: string;
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description From this time on; ISO 8601. */
        from?: string;
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        key?: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
        /** @description Before this time; ISO 8601. */
        to?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditPage'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listKinds: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The kinds. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Kinds'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listKindFailures: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description The sort of failure; default: all. */
        kind?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
      };
      header?: never;
      path: {
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KindFailuresPage'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The migration. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KindMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SteeredMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getKindCertificateStatus: {
    parameters: {
      query?: {
        /** @description SHA-256 of the certificate; default: the latest. */
        sha256?: string;
      };
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The state of the certificate. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KindCertificateStatus'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  explainKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The explanation. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Explanation'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listKindMigrationFailures: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description The sort of failure; default: all. */
        kind?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
      };
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KindFailuresPage'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  pauseKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SteeredMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  preflightKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What a start would do. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Preflight'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resumeKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SteeredMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  retryKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SteeredMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getKindMigrationRow: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The row. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListedMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listKindTimeline: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
      };
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Timeline'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  undoKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SteeredMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listKindUnits: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The units. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MigrationUnits'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  verifyKindMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Identifies the migration among those of its kind: for `conversations` the account's id.
         * @example acc_1
         */
        key: string;
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['Verify'];
      };
    };
    responses: {
      /** @description Under way. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['VerifyingMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getKindReport: {
    parameters: {
      query?: {
        /** @description Only what has failed since this time; ISO 8601. */
        since?: string;
      };
      header?: never;
      path: {
        /**
         * @description A kind of migration; `GET /v2/kinds` lists those that are on.
         * @example conversations
         */
        kind: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The report. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KindReport'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listInboxSources: {
    parameters: {
      query: {
        /** @description Part of the name of an inbox or an account. */
        q: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Inboxes that can be emptied, of all accounts */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['InboxSources'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listInboxDestinations: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description `ACCOUNT:INBOX`, of the inbox that is emptied. */
        key: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Inboxes to which it can be moved */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['InboxDestinations'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  startInboxMove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description `ACCOUNT:INBOX`, of the inbox that is emptied. */
        key: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['InboxMove'];
      };
    };
    responses: {
      /** @description Queued. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QueuedInboxMove'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  reverseInboxMove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
        /** @description `ACCOUNT:INBOX`, of the inbox that is emptied. */
        key: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Queued. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QueuedInboxMove'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  previewInboxMove: {
    parameters: {
      query: {
        destination_inbox_id: number;
      };
      header?: never;
      path: {
        /** @description `ACCOUNT:INBOX`, of the inbox that is emptied. */
        key: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What a move would do */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['InboxMovePreview'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  retryAttachments: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['AttachmentsRetry'];
      };
    };
    responses: {
      /** @description Accepted. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AttachmentsRetried'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  finishMigration: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Under way, or done. Idempotent. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FinishedMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listQuarantined: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description Id of a group of records with the same root cause. */
        group?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
        /** @description A part of the reason. */
        reason?: string;
        /** @description The source's table. */
        table?: 'threads' | 'messages';
        /** @description Only waived records, or only the others. */
        waived?: 'true' | 'false';
      };
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QuarantinePage'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getQuarantined: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
        record: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The record. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QuarantinedRecordInFull'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listQuarantineGroups: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
      };
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QuarantineGroupsPage'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  retryQuarantined: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    /** @description Records or a group; without either, all records of the account. */
    requestBody?: {
      content: {
        'application/json': components['schemas']['QuarantineRetry'];
      };
    };
    responses: {
      /** @description Accepted. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QuarantineRetried'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  revokeQuarantineWaiver: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    /** @description Records or a group. */
    requestBody: {
      content: {
        'application/json': components['schemas']['QuarantineWaiverRevocation'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QuarantineWaived'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  waiveQuarantined: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description Conversations' account id.
         * @example acc_1
         */
        account_id: string;
      };
      cookie?: never;
    };
    /** @description Records or a group. */
    requestBody: {
      content: {
        'application/json': components['schemas']['QuarantineWaive'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QuarantineWaived'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resetMigration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AccountReference'];
      };
    };
    responses: {
      /** @description Under way. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AcceptedMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  startMigration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AccountReference'];
      };
    };
    responses: {
      /** @description All messages are migrated; nothing was started. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AcceptedMigration'];
        };
      };
      /** @description Started, or already running; with `failure`, the reason why it cannot be started. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StartedMigration'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getSummary: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The summary. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Summary'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getSystem: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The system. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['System'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listWaves: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Waves'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createWave: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** @description Either `keys` or `all`. */
    requestBody: {
      content: {
        'application/json': components['schemas']['NewWave'];
      };
    };
    responses: {
      /** @description The existing wave. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Wave'];
        };
      };
      /** @description Created. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Wave'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getWave: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 7 */
        wave_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The wave. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WaveWithMembers'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelWave: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 7 */
        wave_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As it is now. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Wave'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listWaveMembers: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the previous page; opaque. */
        cursor?: string;
        /** @description The size of a page; default: 50. */
        limit?: number;
        state?: 'waiting' | 'running' | 'done' | 'failed' | 'refused' | 'cancelled' | 'skipped';
      };
      header?: never;
      path: {
        /** @example 7 */
        wave_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WaveMembers'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  pauseWave: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 7 */
        wave_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['WaveSteering'];
      };
    };
    responses: {
      /** @description As it is now. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Wave'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resumeWave: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 7 */
        wave_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['WaveSteering'];
      };
    };
    responses: {
      /** @description As it is now. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Wave'];
        };
      };
      /** @description A problem. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
