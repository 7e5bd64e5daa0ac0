import pc from 'picocolors';
import { shellWord } from '../../domain/engine/failures/commands.js';
import type { Demo } from '../demo.js';

export interface Whereabouts {
  readonly demo: Demo;
  /** A link that signs in once. */
  readonly dashboard: string;
  readonly webUi: string;
  readonly store: string;
  readonly workerPid: number;
  readonly logs: string;
  readonly appToken: string;
  readonly accountId: string;
  /** The address of the sample Conversations service, if it has faults to fix. */
  readonly fixAt: string | undefined;
  /** The path of the program. */
  readonly commandLine: string;
  /** Whether `carryover` finds this demo without CARRYOVER_URL. */
  readonly findable: boolean;
  /** Whether payloads in Temporal are encrypted; the Web UI then needs the codec's address. */
  readonly encrypted: boolean;
}

/** Where everything is, and commands to paste while the migration runs. */
export function whereabouts(all: Whereabouts): string {
  const { demo, dashboard, webUi, store, workerPid, logs, appToken, accountId } = all;
  const places: [string, string][] = [
    ['Dashboard', `${dashboard}   ${pc.dim('# signs in once, within ten minutes')}`],
    ['API', demo.url],
    ['API reference', `${demo.url}/docs`],
    ['Web UI', webUi],
    ...(all.encrypted
      ? [['Codec', `${demo.url}/codec, for the Web UI: docs/payload-encryption.md`] as [string, string]]
      : []),
    ['Store', store],
    ['Worker', `process ${workerPid}; to see it restart: kill -9 ${workerPid}`],
    ['Logs', logs],
  ];
  return [
    '',
    ...places.map(([name, place]) => `${pc.bold(name.padEnd(15))}${place}`),
    '',
    pc.bold('To paste into another terminal, with tokens of an admin and of an app:'),
    '',
    `export API=${demo.url}`,
    `export TOKEN=${demo.token}`,
    `export APP_TOKEN=${appToken}`,
    `alias carryover=${shellWord(all.commandLine)}`,
    ...(all.findable ? [] : ['export CARRYOVER_URL=$API CARRYOVER_TOKEN=$TOKEN']),
    '',
    `curl -H "Authorization: Bearer $APP_TOKEN" "$API/v2/check-migration-status?account_id=${accountId}"`,
    `curl -H "Authorization: Bearer $TOKEN" $API/v2/migrations/${accountId}`,
    `carryover watch ${accountId}`,
    `carryover pause ${accountId}   ${pc.dim(`# then: carryover resume ${accountId}`)}`,
    ...(all.fixAt === undefined ? [] : troubleLines(all.fixAt)),
    '',
    '',
  ].join('\n');
}

function troubleLines(fixAt: string): string[] {
  return [
    '',
    pc.bold('docs/operators.md explains acc_7 and acc_8. To fix their faults at the source:'),
    '',
    'carryover report',
    `curl -X POST ${fixAt}/fix`,
  ];
}
