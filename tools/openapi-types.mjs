/**
 * Writes the TypeScript types of the schemas that some calls of an OpenAPI document use: `node tools/openapi-types.mjs OPERATION… <openapi.json`.
 * With `--paths` it writes the types of the calls too, as openapi-fetch takes them.
 * A workspace of its own, because openapi-typescript needs TypeScript 5.
 */

import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const withPaths = process.argv[2] === '--paths';
const operations = new Set(process.argv.slice(withPaths ? 3 : 2));
const { openapi, info, paths, components } = JSON.parse(await text(process.stdin));

const chosen = {};
for (const [path, methods] of Object.entries(paths))
  for (const [method, call] of Object.entries(methods))
    if (operations.delete(call.operationId))
      chosen[path] = { ...chosen[path], [method]: withOneProblem(call) };
if (operations.size > 0) throw new Error(`The document has no operation ${[...operations].join(', ')}.`);

const schemas = {};
const pending = referencesOf(chosen);
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  if (name in schemas) continue;
  schemas[name] = components.schemas[name];
  pending.push(...referencesOf(schemas[name]));
}
const sorted = Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const types = await openapiTS(
  { openapi, info, paths: withPaths ? chosen : {}, components: { schemas: sorted } },
  // openapi-fetch takes readonly lists for objects.
  { immutable: !withPaths, alphabetize: true },
);
const command = withPaths ? 'web:types' : 'client:types';
const header = `/** Generated from the API description: \`npm run ${command}\`. */\n\n`;
process.stdout.write(
  await format(header + astToString(types), {
    ...(await resolveConfig(import.meta.filename)),
    parser: 'typescript',
  }),
);

/** Every refusal is a problem, whatever its status. */
function withOneProblem({ responses, ...call }) {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const problem = { schema: { $ref: '#/components/schemas/Problem' } };
  return {
    ...call,
    responses: {
      ...Object.fromEntries(good),
      default: { description: 'A problem.', content: { 'application/problem+json': problem } },
    },
  };
}

/** The names of all schemas that this refers to, at any depth. */
function referencesOf(node) {
  return [...JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
}
