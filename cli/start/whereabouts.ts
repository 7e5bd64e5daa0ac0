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
  /** For an app that asks for an account's status. */
  readonly appToken?: string;
  /** To paste while the migration runs. */
  readonly commands: readonly string[];
  /** The path of the program. */
  readonly commandLine: string;
  /** Whether `carryover` finds this demo without CARRYOVER_URL. */
  readonly findable: boolean;
  /** Whether payloads in Temporal are encrypted; the Web UI then needs the codec's address. */
  readonly encrypted: boolean;
}

/** Where everything is, and commands to paste while the migration runs. */
export function whereabouts(all: Whereabouts): string {
  const { demo, dashboard, webUi, store, workerPid, logs, appToken } = all;
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
    pc.bold(
      `To paste into another terminal, with ${appToken ? 'tokens of an admin and of an app' : 'a token of an admin'}:`,
    ),
    '',
    `export API=${demo.url}`,
    `export TOKEN=${demo.token}`,
    ...(appToken === undefined ? [] : [`export APP_TOKEN=${appToken}`]),
    `alias carryover=${shellWord(all.commandLine)}`,
    ...(all.findable ? [] : ['export CARRYOVER_URL=$API CARRYOVER_TOKEN=$TOKEN']),
    '',
    ...all.commands,
    '',
    '',
  ].join('\n');
}

/** @param fixAt the address of the sample Conversations service, if it has faults to fix */
export function commandsFor(accountId: string, fixAt: string | undefined): string[] {
  return [
    `curl -H "Authorization: Bearer $APP_TOKEN" "$API/v2/check-migration-status?account_id=${accountId}"`,
    `curl -H "Authorization: Bearer $TOKEN" $API/v2/migrations/${accountId}`,
    `carryover watch ${accountId}`,
    `carryover pause ${accountId}   ${pc.dim(`# then: carryover resume ${accountId}`)}`,
    ...(fixAt === undefined ? [] : troubleLines(fixAt)),
  ];
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
