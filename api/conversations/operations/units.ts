import type { KindUnit } from '../../engine/kind.js';
import type { MigrationView } from '../schemas/migrations.js';

/** An account's brands and their channels. */
export function unitsIn({ brands, ports }: MigrationView): KindUnit[] {
  return brands.map(({ brand_id: unit, name, migration_status: status, failure, channels }) => ({
    unit,
    name,
    status,
    since: failure?.since ?? null,
    parts: channels.map((channel) => ({
      id: channel.channel_id,
      type: channel.type,
      name: channel.name ?? channel.phone_number ?? channel.channel_id,
      status: channel.migration_status,
      since:
        channel.failure?.since ?? ports.find((port) => port.channel_id === channel.channel_id)?.since ?? null,
    })),
  }));
}
