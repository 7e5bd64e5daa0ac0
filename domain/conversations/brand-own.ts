import type { AttachmentCounts } from './messages.js';

/** The state of a brand's workflow that only conversations have, beside its counts. */
export interface BrandOwn {
  /** `created`: the channels are created, and their ports are still to be started. `done`: the ports are started too. */
  readonly channels?: 'created' | 'done';
  readonly attachments?: AttachmentCounts;
}
