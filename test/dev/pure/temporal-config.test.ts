import { describe, expect, it } from 'vitest';
import {
  parseTemporalConfig,
  readTemporalConfig,
  startDevFlags,
} from '../../../dev/servers/temporal/temporal-config.js';

const place = { grpcPort: 7001, uiPort: 7002 };
const minimal = `
namespace: here
database: { file: temporal.db }
searchAttributes: {}
logLevel: warn
`;
const wrong = (text: string) => () => parseTemporalConfig(text, 'temporal-dev.yaml');

describe('temporal-dev.yaml', () => {
  it('becomes the flags of the dev server', () => {
    const flags = startDevFlags(readTemporalConfig(), { ...place, databaseFile: '/data/temporal.db' });
    expect(flags).toEqual([
      '--ip=127.0.0.1',
      '--port=7001',
      '--ui-port=7002',
      '--namespace=default',
      '--log-level=warn',
      '--db-filename=/data/temporal.db',
      '--sqlite-pragma=journal_mode=WAL',
      '--sqlite-pragma=synchronous=NORMAL',
      '--search-attribute=Kind=Keyword',
      '--search-attribute=AccountId=Keyword',
      '--search-attribute=BrandId=Keyword',
      '--search-attribute=Phase=Keyword',
      '--search-attribute=Paused=Bool',
      '--dynamic-config-value=matching.enableFairness=true',
      '--dynamic-config-value=matching.numTaskqueueReadPartitions=1',
      '--dynamic-config-value=matching.numTaskqueueWritePartitions=1',
    ]);
  });

  it('names no database, and no pragmas, for a server that keeps everything in memory', () => {
    const flags = startDevFlags(readTemporalConfig(), place);
    expect(flags.filter((flag) => /db-filename|pragma/.test(flag))).toEqual([]);
  });

  it('gives text in dynamic configuration as JSON', () => {
    const config = parseTemporalConfig(
      `${minimal}dynamicConfiguration: { some.key: text }`,
      'temporal-dev.yaml',
    );
    expect(startDevFlags(config, place)).toContain('--dynamic-config-value=some.key="text"');
  });

  it('is refused with the key that is wrong', () => {
    expect(wrong(minimal.replace('logLevel: warn', 'logLevel: loud'))).toThrow(
      /^temporal-dev\.yaml, logLevel: must be/,
    );
    expect(wrong(`${minimal}ports: { grpc: seven }`)).toThrow(/ports\.grpc/);
    expect(wrong(minimal.replace('{}', '{ AccountId: Keywrod }'))).toThrow(/searchAttributes\.AccountId/);
    expect(wrong(`${minimal}colour: blue`)).toThrow(/colour/);
    expect(wrong(minimal.replace('namespace: here', ''))).toThrow(/namespace/);
    expect(wrong('a: [')).toThrow(/temporal-dev\.yaml is not YAML/);
    expect(wrong('')).toThrow(/temporal-dev\.yaml/);
  });
});
