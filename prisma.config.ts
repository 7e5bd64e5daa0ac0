import { defineConfig } from 'prisma/config';

// `generate` never runs the schema engine, yet the command-line tool would fetch one. Any program will do in its
// place, so that an installation needs nothing but npm. Migrations are applied by `carryover db migrate`.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
