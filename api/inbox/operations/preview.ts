import { allReasons } from '../../../domain/inbox/view.js';
import { estimatedSeconds, warningsOf } from '../../../domain/inbox/warnings.js';
import type { Inbox } from '../../../gateways/chatwoot/inboxes.js';
import type { AskedPreview } from '../../../gateways/chatwoot/requests.js';

export function inboxView({ id, name, channelType }: Inbox) {
  return { id: Number(id), name, channel_type: channelType };
}

/** What a move would do, as Chatwoot's people see it. */
export function previewView({ source, destination, preview, previewId }: AskedPreview) {
  const { conversations, messages, attachments, contactInboxes, overlapping, merged, contacts, left } =
    preview;
  return {
    preview_id: previewId,
    source_inbox: inboxView(source),
    destination_inbox: inboxView(destination),
    counts: { conversations, messages, attachments, contact_inboxes: contactInboxes },
    conflicts: { overlapping_contacts: overlapping, will_be_merged: merged, contacts: [...contacts] },
    left: allReasons(left),
    warnings: warningsOf(preview),
    estimated_seconds: estimatedSeconds(preview),
  };
}
