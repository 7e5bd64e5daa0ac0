import type { AttachmentCounts } from '../../domain/conversations/messages.js';

/** The kind's own state of a brand, beside its counts. */
export interface BrandOwn {
  /** The channels are created and their ports are started. */
  readonly provisioned?: true;
  readonly attachments?: AttachmentCounts;
}
