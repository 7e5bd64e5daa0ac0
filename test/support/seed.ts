/**
 * Before every test file: properties are tried with the same values each time, so that results depend on the change and not on luck.
 * `FAST_CHECK_SEED=$RANDOM npx vitest run …` tries others; a value that fails then becomes an example of its test.
 */

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20_261_128) });
