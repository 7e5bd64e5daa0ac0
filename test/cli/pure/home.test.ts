import { expect, it } from 'vitest';
import { keptDataError } from '../../../cli/start/home.js';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { SchemaError } from '../../../gateways/store/sql/migrate.js';

it('a database of another version names the folder and what to do about it', () => {
  const error = keptDataError(new SchemaError('Migration 1 cannot be applied.'), '/home/ann/.carryover');
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String(error)).toMatch(
    /\/home\/ann\/\.carryover .*--fresh.*--data.*Migration 1 cannot be applied\./,
  );
});

it('another error of the servers stays as it is', () => {
  const error = new Error('PostgreSQL has ended.');
  expect(keptDataError(error, '/home/ann/.carryover')).toBe(error);
});
