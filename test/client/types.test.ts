import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type World, apiWorld } from '../api/world.js';
import { forThisFile } from '../support/for-this-file.js';

const CALLS = ['getAccount', 'checkMigrationStatus', 'startMigration'];

let world: World;
forThisFile(apiWorld, (opened) => (world = opened));

// `npm run client:types` runs this test with --update, which writes the file anew.
test('the client’s types are those of the API description', async () => {
  const document = (await world.app.inject('/openapi.json')).body;
  const { stdout } = await execa('node', ['tools/openapi-types.mjs', ...CALLS], { input: document });
  await expect(`${stdout}\n`).toMatchFileSnapshot('../../client/src/openapi.ts');
});
