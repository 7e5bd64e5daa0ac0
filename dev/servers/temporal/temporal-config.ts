import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { projectRoot } from '../paths.js';

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const Closed = { additionalProperties: false };
const SearchAttributeType = Type.Enum([
  'Text',
  'Keyword',
  'Int',
  'Double',
  'Bool',
  'Datetime',
  'KeywordList',
]);
const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

/** The contents of temporal-dev.yaml. */
export const TemporalDevConfig = Type.Object(
  {
    ports: Type.Optional(Type.Object({ grpc: Type.Optional(Port), ui: Type.Optional(Port) }, Closed)),
    namespace: Type.String({ minLength: 1 }),
    database: Type.Object(
      {
        file: Type.String({ minLength: 1 }),
        pragmas: Type.Optional(Type.Record(Type.String(), Scalar)),
      },
      Closed,
    ),
    searchAttributes: Type.Record(Type.String(), SearchAttributeType),
    dynamicConfiguration: Type.Optional(Type.Record(Type.String(), Scalar)),
    logLevel: Type.Enum(['debug', 'info', 'warn', 'error', 'never']),
  },
  Closed,
);
export type TemporalDevConfig = Static<typeof TemporalDevConfig>;

/** Reads and validates the project's temporal-dev.yaml. */
export function readTemporalConfig(): TemporalDevConfig {
  const file = join(projectRoot(), 'temporal-dev.yaml');
  return parseTemporalConfig(readFileSync(file, 'utf8'), file);
}

/** Throws an error that names the file and each wrong key. */
export function parseTemporalConfig(text: string, file: string): TemporalDevConfig {
  const value = parseYaml(text, file);
  if (Value.Check(TemporalDevConfig, value)) return value;
  const wrong = Value.Errors(TemporalDevConfig, value).map(describe);
  throw new ConfigurationError([...new Set(wrong)].map((problem) => `${file}, ${problem}`));
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ConfigurationError([`${file} is not YAML: ${(error as Error).message}`]);
  }
}

function describe({ instancePath, message, params }: ReturnType<typeof Value.Errors>[number]): string {
  const key = instancePath.split('/').slice(1).join('.') || 'the file';
  const details = Object.values(params).flat().join(', ');
  return `${key}: ${message}${details ? ` (${details})` : ''}`;
}

export interface StartDevPlace {
  grpcPort: number;
  uiPort: number;
  /** The database file; default: in memory. */
  databaseFile?: string | undefined;
}

/** The flags of `temporal server start-dev` for the configuration. */
export function startDevFlags(config: TemporalDevConfig, place: StartDevPlace): string[] {
  const pairs = (flag: string, values: Record<string, unknown>): string[] =>
    Object.entries(values).map(([name, value]) => `${flag}=${name}=${flagValue(flag, value)}`);
  const database = place.databaseFile
    ? [`--db-filename=${place.databaseFile}`, ...pairs('--sqlite-pragma', config.database.pragmas ?? {})]
    : [];
  const { grpcPort, uiPort } = place;
  return [
    '--ip=127.0.0.1',
    `--port=${grpcPort}`,
    `--ui-port=${uiPort}`,
    `--namespace=${config.namespace}`,
    `--log-level=${config.logLevel}`,
    ...database,
    ...pairs('--search-attribute', config.searchAttributes),
    ...pairs('--dynamic-config-value', config.dynamicConfiguration ?? {}),
  ];
}

/** Dynamic configuration is passed as JSON, so that text keeps its quotes. */
function flagValue(flag: string, value: unknown): string {
  return flag === '--dynamic-config-value' ? JSON.stringify(value) : String(value);
}
