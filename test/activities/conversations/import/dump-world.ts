import { randomBytes } from 'node:crypto';
import { afterEach, expect } from 'vitest';
import type { Phase } from '../../../../domain/conversations/phases.js';
import { type DumpFile, putDump, putDumpFile } from '../../../../dev/sample/dump.js';
import type { S3Bucket } from '../../../../dev/servers/s3.js';
import type { Dumps } from '../../../../gateways/dumps/client.js';
import { ImportWorld } from './import-world.js';
import { Verifier } from '../verification/verification-world.js';
import { forDumps } from '../../../support/s3.js';

/** Of account `acc_1`, whose dump this is. */
export const BRANDS = ['br_1_1', 'br_1_2'] as const;
const [BRAND] = BRANDS;
export const RECENT = '2026-11-01T10:00:00.000Z';
export const OLD = '2025-03-01T10:00:00.000Z';

/** A dump of its own, and a store whose account it is of. */
export class DumpWorld {
  private runs = 0;
  readonly prefix = `acc-${randomBytes(4).toString('hex')}`;

  private constructor(
    readonly imports: ImportWorld,
    private readonly bucket: S3Bucket,
  ) {}

  static async open(bucket: S3Bucket, dumps: Dumps): Promise<DumpWorld> {
    const opened = new DumpWorld(await ImportWorld.open(), bucket);
    opened.imports.dumps = dumps;
    await opened.imports.account('acc_1', ...BRANDS);
    await opened.imports.query(
      `UPDATE accounts SET migration = migration || jsonb_build_object('dump', $1::jsonb)`,
      [JSON.stringify({ bucket: bucket.bucket, prefix: opened.prefix })],
    );
    return opened;
  }

  put(...files: DumpFile[]): Promise<void> {
    return putDump({ ...this.bucket, prefix: this.prefix }, files);
  }

  putBytes(name: string, bytes: Buffer): Promise<void> {
    return putDumpFile({ ...this.bucket, prefix: this.prefix }, name, bytes);
  }

  uri(name: string): string {
    return `s3://${this.bucket.bucket}/${this.prefix}/${name}`;
  }

  /** Of an activity of the workflow's run that is under way. */
  environment() {
    return this.imports.environment({
      workflowExecution: { workflowId: 'brand', runId: `run-${this.runs}` },
    });
  }

  /** As one run of the brand's workflow does it. */
  async run(phase: Phase, brandId: string = BRAND): Promise<unknown> {
    this.runs += 1;
    try {
      for (;;) {
        const environment = this.environment();
        const { finished } = await this.imports.attempt(brandId, phase, {}, environment);
        if (finished) break;
      }
      return await this.imports.complete(brandId, phase);
    } catch (error) {
      return error;
    }
  }

  async bothParts(brands: readonly string[] = [BRAND]): Promise<void> {
    for (const phase of ['recent', 'remaining'] as const)
      for (const brand of brands) expect(await this.run(phase, brand)).toHaveProperty('tally.messages');
  }

  async ids(): Promise<string[]> {
    const rows = await this.imports.query<{ source_id: string }>('SELECT source_id FROM messages ORDER BY 1');
    return rows.map((row) => row.source_id);
  }

  verify(brands: readonly string[] = [BRAND], repair = false): Promise<string> {
    return new Verifier(this.imports).verify(brands, repair);
  }
}

/** Opens worlds for the tests of a file, and closes them after each. */
export function dumpWorlds(): () => Promise<DumpWorld> {
  let bucket: S3Bucket;
  let dumps: Dumps;
  forDumps((...shared) => ([bucket, dumps] = shared));
  const opened: DumpWorld[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ imports }) => imports.close()));
  });
  return async () => {
    const world = await DumpWorld.open(bucket, dumps);
    opened.push(world);
    return world;
  };
}
