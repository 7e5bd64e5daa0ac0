import { expect, it } from 'vitest';
import { npmStart } from './npm-start.js';

const { start } = npmStart();

it('npm start shows the kind onboarding: users are migrated, validated, rolled back in part, and rebuilt after a flush', async () => {
  const { exitCode, all } = await start('--sample', 'onboarding', '--users', '60', '--once').running;
  expect([exitCode, all]).toEqual([0, expect.stringContaining('carryover onboarding progress')]);
  expect(all).toMatch(/✔ 59 users migrated \(\d+ a second\), 1 failed: (UnknownLegacy|NoWorkspace)/);
  expect(all).toContain('✔ 59 validated: all valid');
  expect(all).toContain('✔ 6 of 6 rolled back; the legacy columns of 6 are as they stood');
  expect(all).toMatch(/✔ 53 sessions filled again with \d+ keys/);
  expect(all).toContain('✔ 53 validated: all valid');
});
