import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterEach, beforeEach } from 'vitest';
import {
  createFetchAttachments,
  type FetchAttachmentsOptions,
} from '../../../../activities/conversations/attachments/fetch-attachments.js';
import type { AttachmentProgress } from '../../../../activities/conversations/types.js';
import { openDownloader, type Downloader } from '../../../../gateways/download/download.js';
import { parseAttachmentHosts } from '../../../../gateways/download/hosts.js';
import { openObjectStore } from '../../../../gateways/objects/open.js';
import { startFileServer, type FileServer } from '../../../gateways/download-server.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { type FreshStore, freshStore } from '../../../gateways/store/fresh-store.js';
import { systemClock } from '../../../../gateways/clock.js';
import { forThisFile } from '../../../support/for-this-file.js';

const INPUT = { accountId: 'acc_1', brandId: 'br_1' };

interface Given {
  url?: string;
  type?: string | null;
  name?: string | null;
  /** Minutes after the first message. */
  minute?: number;
  brand?: string;
}

interface Run {
  options?: Partial<FetchAttachmentsOptions>;
  attachmentsUrl?: string;
  environment?: MockActivityEnvironment;
  /** Collects lines of the log. */
  log?: string[];
  store?: Pick<Store, 'pool'>;
  /** Does not wait long for an answer. */
  impatient?: boolean;
}

/** An account with brands `br_1` and `br_2`, a server with their files, and a folder that stores them. */
export class AttachmentsWorld {
  files!: FileServer;
  folder!: string;
  #download!: Downloader;
  #impatient!: Downloader;

  private constructor(readonly store: FreshStore) {}

  static async open(): Promise<AttachmentsWorld> {
    return new AttachmentsWorld(await freshStore());
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** Before each test: no attachments, no files. */
  async begin(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'carryover-attachments-'));
    this.files = await startFileServer();
    const options = {
      hosts: parseAttachmentHosts(`${this.files.host}, ${this.files.host.replace('127.0.0.1', 'localhost')}`),
      maxBytes: 1_000_000,
    };
    this.#download = openDownloader(options);
    this.#impatient = openDownloader({ ...options, headersTimeoutMs: 1_000 });
    await this.store.pool.query(
      'TRUNCATE accounts, brands, message_threads, messages, attachments, carryover.migrations CASCADE',
    );
    await this.store.pool.query(
      `INSERT INTO accounts (source_id, name, migration) VALUES ('acc_1', 'One', '{"status":"migrating"}')`,
    );
    await this.store.pool.query(
      `INSERT INTO brands (account_id, source_id, name) SELECT id, s, s FROM accounts, unnest(ARRAY['br_1', 'br_2']) s`,
    );
  }

  async end(): Promise<void> {
    await this.#download.close();
    await this.#impatient.close();
    await this.files.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async attach(path: string, given: Given = {}): Promise<string> {
    const { rows } = await this.store.pool.query<{ id: string }>(
      `WITH m AS (
         INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
         VALUES (1, gen_random_uuid()::text, 'in', 'text', timestamptz '2026-01-01Z' + make_interval(mins => $1), '', '') RETURNING id)
       INSERT INTO attachments (message_id, brand_id, source_id, source_url, declared_content_type, file_name)
       SELECT m.id, b.id, 'att', $2, $3, $4 FROM m, brands b WHERE b.source_id = $5 RETURNING id`,
      [
        given.minute ?? 0,
        given.url ?? this.files.url(path),
        given.type ?? null,
        given.name ?? null,
        given.brand ?? 'br_1',
      ],
    );
    return rows[0]!.id;
  }

  async row(id: string): Promise<Record<string, unknown>> {
    const { rows } = await this.store.pool.query('SELECT * FROM attachments WHERE id = $1', [id]);
    return rows[0] as Record<string, unknown>;
  }

  /** One attempt of the activity for `br_1`. */
  fetch({ environment = new MockActivityEnvironment(), ...run }: Run = {}): Promise<AttachmentProgress> {
    return environment.run(createFetchAttachments(this.dependencies(run)), INPUT);
  }

  dependencies({ options, attachmentsUrl, log, store = this.store, impatient = false }: Run = {}) {
    return {
      clock: systemClock,
      store,
      objects: openObjectStore(attachmentsUrl ?? pathToFileURL(this.folder).href),
      download: impatient ? this.#impatient : this.#download,
      logger: log ? pino({}, { write: (line: string) => void log.push(line) }) : pino({ level: 'silent' }),
      options: { pausesMs: [0], durationMs: 50_000, ...options },
    };
  }
}

/** One world for the tests of a file, emptied before each. */
export function forAttachments(use: (world: AttachmentsWorld) => void): void {
  let world: AttachmentsWorld;
  forThisFile(
    () => AttachmentsWorld.open(),
    (opened) => use((world = opened)),
  );
  beforeEach(() => world.begin());
  afterEach(() => world.end());
}
