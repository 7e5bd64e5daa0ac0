/**
 * Before every test file: properties are tried with the same values each time, so that a run says something of the change and not of its
 * luck. `FAST_CHECK_SEED=$RANDOM npx vitest run …` tries others; what fails then becomes an example of its test.
 */

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20_261_128) });
