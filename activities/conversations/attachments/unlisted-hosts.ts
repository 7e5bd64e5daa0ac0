import type { DownloadError } from '../../../gateways/download/failures.js';
import {
  failHosts,
  hostsOfWaiting,
} from '../../../gateways/store/conversations/attachments/attachments-of-hosts.js';
import type { AttachmentFailure } from '../../../gateways/store/conversations/attachments/attachments.js';
import type { FetchDependencies } from './fetch-attachment.js';
import { hostOf } from './silent-hosts.js';

/** Hosts that ATTACHMENT_HOSTS does not list. One of them may hold tens of thousands of files, so these fail in one step. */
export class UnlistedHosts {
  constructor(
    private readonly dependencies: Pick<FetchDependencies, 'store' | 'download' | 'logger'>,
    private readonly brandId: string,
    private readonly onFailed: (count: number) => void,
  ) {}

  has(url: string): boolean {
    return this.#refusal(hostOf(url)) !== undefined;
  }

  /** Fails all waiting attachments of the brand on such hosts. */
  async fail(): Promise<void> {
    const { store, logger } = this.dependencies;
    const failures = new Map<string, AttachmentFailure>();
    for (const host of await hostsOfWaiting(store, this.brandId)) {
      const refusal = this.#refusal(host);
      if (refusal) failures.set(host, { kind: refusal.kind, message: refusal.message, final: true });
    }
    const count = await failHosts(store, this.brandId, failures);
    if (count === 0) return;
    this.onFailed(count);
    logger.warn(
      { brand: this.brandId, attachments: count, hosts: failures.size, kind: 'host-not-allowed' },
      'Attachments are not fetched because ATTACHMENT_HOSTS does not list their hosts',
    );
  }

  #refusal(host: string): DownloadError | undefined {
    const refusal = host === '' ? undefined : this.dependencies.download.refusal(host);
    return refusal?.kind === 'host-not-allowed' ? refusal : undefined;
  }
}
