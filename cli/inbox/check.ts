import { Type } from 'typebox';
import { openChatwoot } from '../../gateways/chatwoot/connect.js';
import { type ChatwootFacts, inspectChatwoot } from '../../gateways/chatwoot/inspect.js';
import { isTooOld, isUnknownNewer } from '../../gateways/chatwoot/inventory.js';
import { type Check, type Finding, ok, skipped, warning, wrong } from '../doctor/check.js';
import { Inbox } from '../environment/inbox.js';
import { readEnvironment } from '../environment/read.js';

/** Chatwoot's database: its version and tables, what the role may do, and Carryover's own schema there. */
export const chatwoot: Check = {
  name: 'chatwoot',
  advice: 'Check CHATWOOT_DATABASE_URL, and that PostgreSQL runs there.',
  async run({ environment }) {
    if (!environment['CHATWOOT_DATABASE_URL']?.trim())
      return [skipped('CHATWOOT_DATABASE_URL is not set: no inbox can be moved.')];
    const { CHATWOOT_DATABASE_URL: url = '' } = readEnvironment(Type.Object(Inbox), environment);
    const opened = openChatwoot(url, { max: 1, applicationName: 'carryover-doctor' });
    try {
      return findingsOf(await inspectChatwoot(opened.pool));
    } finally {
      await opened.close();
    }
  },
};

function findingsOf(facts: ChatwootFacts): Finding[] {
  const { missingTables, version, database } = facts;
  if (missingTables.length > 0)
    return [
      wrong(
        `The database ${database} is not Chatwoot's: it lacks the tables ${missingTables.join(', ')}.`,
        "Name Chatwoot's database in CHATWOOT_DATABASE_URL.",
      ),
    ];
  if (isTooOld(facts))
    return [
      wrong(
        `This Chatwoot is older than 4.10 (schema ${version ?? ''}): inboxes cannot be moved in it.`,
        'Upgrade Chatwoot, then: bundle exec rails db:migrate',
      ),
    ];
  return [versionFinding(facts), ...columnFindings(facts), ...rightFindings(facts), ...schemaFindings(facts)];
}

function versionFinding(facts: ChatwootFacts): Finding {
  const { version, database } = facts;
  if (!isUnknownNewer(facts))
    return ok(`The database ${database} is a Chatwoot version in which inboxes can be moved.`);
  return warning(
    `This Chatwoot is newer (schema ${version ?? ''}) than the versions that this Carryover was made for.`,
    'Upgrade Carryover, or move an inbox in a copy of the database first.',
  );
}

function columnFindings({ unknownColumns }: ChatwootFacts): Finding[] {
  return unknownColumns.map((column) => {
    const [table = '', name = ''] = column.split('.');
    return wrong(
      `The column ${column} is not Chatwoot's own, and Carryover does not know how to move it.`,
      `Use a version of Carryover that knows it; if nothing needs it any more: ALTER TABLE public.${table} DROP COLUMN ${name};`,
    );
  });
}

function rightFindings({ missingRights, role }: ChatwootFacts): Finding[] {
  if (missingRights.length === 0) return [ok(`The role ${role} has all rights that a move needs.`)];
  const grants = missingRights.map((right) => {
    const [, rights = '', sequence = '', name = ''] = /^(\w+) on (sequence )?(\w+)$/.exec(right) ?? [];
    return `GRANT ${rights} ON ${sequence.toUpperCase()}public.${name} TO ${role};`;
  });
  return [wrong(`The role ${role} lacks ${missingRights.join(', ')}.`, grants.join(' '))];
}

function schemaFindings({ schema, canCreate, role, database }: ChatwootFacts): Finding[] {
  switch (schema) {
    case 'this':
      return [ok("Carryover's schema there has this version.")];
    case 'newer':
      return [
        wrong(
          "A newer version of Carryover has upgraded its schema in Chatwoot's database.",
          'Run that version here, too. To see which one this is: carryover --version',
        ),
      ];
    case 'none':
    case 'older':
      if (canCreate || schema === 'older')
        return [
          ok(`Carryover's schema there is created or upgraded when an API or a worker first needs it.`),
        ];
      return [
        wrong(
          `The role ${role} cannot create Carryover's schema in the database ${database}.`,
          `GRANT CREATE ON DATABASE ${database} TO ${role};`,
        ),
      ];
  }
}
