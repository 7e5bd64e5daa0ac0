import type { Dumps } from '../../../gateways/dumps/client.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { dumpSource } from './dump-source.js';
import type { RecordSource } from './record-source.js';
import { tableSource } from './table-source.js';

/** The clients that read records. */
export interface SourceClients {
  readonly tables: SourceTables;
  readonly dumps: Dumps;
}

/** Opens the source that the account's payload names. */
export function openSource(brand: ImportedBrand, { tables, dumps }: SourceClients): RecordSource {
  return brand.dump ? dumpSource(dumps, brand, brand.dump) : tableSource(tables, brand);
}
