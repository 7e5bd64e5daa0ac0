import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type World, apiWorld } from '../api/world.js';
import { forThisFile } from '../support/for-this-file.js';

const CALLS = `
  getSession signIn signOut listKinds listAllMigrations getSummary getKindMigration listKindUnits listKindTimeline explainKindMigration getKindMigrationRow
  pauseKindMigration resumeKindMigration cancelKindMigration retryKindMigration undoKindMigration verifyKindMigration
  listKindFailures listKindMigrationFailures getKindReport listAuditEntries getSystem getKindCertificateStatus
  listInboxSources listInboxDestinations previewInboxMove startInboxMove reverseInboxMove
  listWaves getWave listWaveMembers createWave pauseWave resumeWave cancelWave preflightKindMigration
  startMigration finishMigration resetMigration retryAttachments
  listQuarantined listQuarantineGroups getQuarantined retryQuarantined waiveQuarantined revokeQuarantineWaiver
`;

let world: World;
forThisFile(apiWorld, (opened) => (world = opened));

// `npm run web:types` runs this test with --update, which writes the file anew.
test('the dashboard’s types are those of the API description', async () => {
  const document = (await world.app.inject('/openapi.json')).body;
  const calls = CALLS.trim().split(/\s+/);
  const { stdout } = await execa('node', ['tools/openapi-types.mjs', '--paths', ...calls], {
    input: document,
  });
  await expect(`${stdout}\n`).toMatchFileSnapshot('../../web/src/api/openapi.ts');
});
