import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { describe, expect, it, vi } from 'vitest';
import { temporal } from '../../../cli/doctor/checks/temporal.js';
import { newNamespace } from '../../support/namespaces.js';
import { temporalAddress } from '../../support/servers.js';
import { findings } from './doctor.js';

const at = (namespace: string) => ({ TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: namespace });

describe('Temporal', () => {
  it('is usable, but no worker polls', async () => {
    const namespace = await newNamespace('doctor');
    expect(await findings(temporal, at(namespace))).toEqual([
      { state: 'ok', what: `The namespace ${namespace} has all search attributes.` },
      {
        state: 'wrong',
        what: 'No worker polls carryover-workflows, carryover-calls, carryover-imports, carryover-following: migrations wait.',
        fix: 'Start a worker with: npm run worker',
      },
    ]);
  });

  it('has no such namespace', async () => {
    expect(await findings(temporal, at('nowhere'))).toMatchObject([
      {
        state: 'wrong',
        what: 'Temporal has no namespace nowhere.',
        fix: expect.stringContaining('temporal operator namespace create --namespace nowhere'),
      },
    ]);
  });

  it('has a namespace without the search attributes', async () => {
    const namespace = `doctor-${randomBytes(4).toString('hex')}`;
    const connection = await Connection.connect({ address: temporalAddress() });
    try {
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs('1 day'),
      });
      // A new namespace comes to the server's several parts one after the other.
      await vi.waitUntil(async () =>
        (await findings(temporal, at(namespace))).some(({ what }) =>
          what.includes('lacks the search attributes'),
        ),
      );
    } finally {
      await connection.close();
    }
    expect(await findings(temporal, at(namespace))).toMatchObject([
      { state: 'wrong', fix: expect.stringContaining('temporal operator search-attribute create') },
    ]);
  });

  it('is not reached at a port where nobody listens', async () => {
    expect(await findings(temporal, { TEMPORAL_ADDRESS: '127.0.0.1:9' })).toMatchObject([
      {
        state: 'wrong',
        what: expect.stringContaining('127.0.0.1:9'),
        fix: expect.stringContaining('TEMPORAL_ADDRESS'),
      },
    ]);
  });
});
