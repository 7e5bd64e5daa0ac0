import type { Faker } from '@faker-js/faker';
import type { Brand, Channel, ChannelType, MigrationPayload, ThreadKind } from '../contract.js';
import type { NumberBook } from './numbers.js';
import type { ResolvedOptions } from './options.js';
import { hashText, mix } from './random.js';
import { PLACE_NAMES, TRADES, type Trade } from './trades.js';

const DAY = 86_400_000;

export interface SampleChannel {
  channel: Channel;
  /** The kind of the channel's threads. */
  kind: ThreadKind;
  /** The business's identity in those threads, in its canonical form. */
  c1: string;
}

export interface SampleBrand {
  brand: Brand;
  trade: Trade;
  agents: string[];
  channels: SampleChannel[];
}

export interface Business {
  payload: MigrationPayload;
  brands: SampleBrand[];
  /** A part of every id, so that no two accounts share one. */
  tag: string;
}

const KIND_OF: Record<ChannelType, ThreadKind> = {
  sms: 'sms',
  voice: 'void',
  email: 'email',
  chat: 'chat',
  social: 'social',
};
const THIRD: ChannelType[] = ['email', 'chat', 'social'];
const CHANNEL_NAMES: Record<ChannelType, string[]> = {
  sms: ['Main line', 'Texts', 'Appointments by text'],
  voice: ['Main line (voice)', 'Reception', 'Call centre'],
  email: ['Front desk', 'Office mail', 'Invoices'],
  chat: ['Website chat', 'Help bubble', 'Shop chat'],
  social: ['Social page', 'Direct messages', 'Community page'],
};

/** Creates the account with its brands and channels. Every other brand uses one number for texts and calls. */
export function createBusiness(options: ResolvedOptions, numbers: NumberBook, faker: Faker): Business {
  const tag = mix(options.seed, hashText(options.accountId)).toString(36).padStart(7, '0');
  faker.seed([options.seed, hashText(options.accountId)]);
  const place = faker.helpers.arrayElement(PLACE_NAMES);
  const trade = faker.helpers.arrayElement(TRADES);
  const site = `${slug(place)}-${slug(trade.brands[0] ?? '')}.example`;
  const nextNumber = numberSource(numbers);

  const brands = Array.from({ length: options.brands }, (_none, index): SampleBrand => {
    const line = trade.brands[index % trade.brands.length] ?? '';
    const branch = index < trade.brands.length ? '' : ` ${Math.floor(index / trade.brands.length) + 1}`;
    const brand: Brand = {
      brand_id: `br_${tag}_${index + 1}`,
      name: `${place} ${line}${branch}`,
      website_url: `https://${slug(line)}${branch.trim()}.${site}`,
      channels: [],
    };
    const share =
      Math.floor(options.channels / options.brands) + (index < options.channels % options.brands ? 1 : 0);
    const channels = createChannels(brand, tag, index, share, nextNumber);
    brand.channels = channels.map((entry) => entry.channel);
    const agents = Array.from({ length: 5 }, () => faker.person.firstName());
    return { brand, trade, agents, channels };
  });
  markPorts(brands, options.portedNumbers);

  const age = (options.years * 365 + 30 + faker.number.int(400)) * DAY;
  const payload: MigrationPayload = {
    account: {
      account_id: options.accountId,
      name: `${place} ${trade.brands[0] ?? ''}`,
      email: `owner@${site}`,
      locale: options.locale,
      created_at: new Date(options.now.getTime() - age).toISOString(),
    },
    brands: brands.map((entry) => entry.brand),
    messages: { kind: 'dynamodb' },
  };
  return { payload, brands, tag };
}

const slug = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

function numberSource(numbers: NumberBook): () => string {
  let used = 0;
  return () => numbers.business(used++);
}

/** Creates channels in the order texts, calls, one written channel, and so on. Brands at even positions have one number for texts and calls. */
function createChannels(
  brand: Brand,
  tag: string,
  brandIndex: number,
  count: number,
  nextNumber: () => string,
): SampleChannel[] {
  let latest: string | null = null;
  return Array.from({ length: count }, (_none, index): SampleChannel => {
    const turn = Math.floor(index / 3);
    const types = ['sms', 'voice', THIRD[(brandIndex + turn) % THIRD.length] ?? 'email'] as const;
    const type = types[index % 3] ?? 'email';
    const shares = type === 'voice' && brandIndex % 2 === 0 && latest !== null;
    const phone_number = type === 'sms' || (type === 'voice' && !shares) ? nextNumber() : latest;
    if (type === 'sms') latest = phone_number;
    const name = CHANNEL_NAMES[type][turn % 3] ?? type;
    const isPhone = type === 'sms' || type === 'voice';
    const channel: Channel = {
      channel_id: `ch_${tag}_${brandIndex + 1}_${index + 1}`,
      type,
      name,
      phone_number: isPhone ? phone_number : null,
      port_phone_number: false,
    };
    const host = brand.website_url.replace('https://', '');
    const c1 = { email: `hello${turn || ''}@${host}`, chat: `widget-${tag}-${brandIndex}-${turn}`, social: `@${slug(brand.name)}${turn || ''}` }; // prettier-ignore
    return {
      channel,
      kind: KIND_OF[type],
      c1: channel.phone_number ?? c1[type as 'email' | 'chat' | 'social'],
    };
  });
}

function markPorts(brands: SampleBrand[], asked: number | undefined): void {
  const channels = brands.flatMap((entry) => entry.brand.channels);
  const numbers = new Set(channels.flatMap((channel) => channel.phone_number ?? []));
  const wanted = asked ?? Math.min(4, numbers.size);
  if (numbers.size < wanted) {
    throw new RangeError(`${wanted} numbers are to be ported, but these channels have ${numbers.size}; ask for more channels`); // prettier-ignore
  }
  const ported = new Set([...numbers].slice(0, wanted));
  for (const channel of channels) {
    channel.port_phone_number = channel.phone_number !== null && ported.has(channel.phone_number);
  }
}
