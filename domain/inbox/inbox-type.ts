/** Inboxes whose conversations can be moved: those through which WhatsApp messages come. */
export const INBOX_TYPES = ['evolution', 'cloud', 'dialog', 'twilio'] as const;
export type InboxType = (typeof INBOX_TYPES)[number];

/** The columns that determine an inbox's type: its own, and those of its channel's row. */
export interface ChannelFacts {
  readonly channelType: string | null;
  /** Of `channel_whatsapp`. */
  readonly provider?: string | null;
  /** Of `channel_twilio_sms`. */
  readonly medium?: number | null;
  /** Of `channel_api`: what forks write there for Evolution. */
  readonly evolutionInstance?: unknown;
}

const TWILIO_WHATSAPP = 1;

/** Undefined for an inbox that is not WhatsApp-like. */
export function inboxTypeOf(facts: ChannelFacts): InboxType | undefined {
  switch (facts.channelType) {
    case 'Channel::Api':
      return typeof facts.evolutionInstance === 'string' && facts.evolutionInstance !== ''
        ? 'evolution'
        : undefined;
    case 'Channel::Whatsapp':
      if (facts.provider === 'whatsapp_cloud') return 'cloud';
      return facts.provider === 'default' ? 'dialog' : undefined;
    case 'Channel::TwilioSms':
      return facts.medium === TWILIO_WHATSAPP ? 'twilio' : undefined;
    case null:
    default:
      return undefined;
  }
}
