import { defineConfig } from 'prisma/config';

// `generate` never runs the schema engine, yet the command-line tool would fetch one. Any program will do in its
// place, so that an installation needs nothing but npm. `prisma migrate` needs the real one: unset this to use it.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
