/**
 * Writes the TypeScript types of the schemas that some calls of an OpenAPI document use: `node tools/openapi-types.mjs OPERATION… <openapi.json`.
 * A workspace of its own, because openapi-typescript needs TypeScript 5.
 */

import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const operations = new Set(process.argv.slice(2));
const { openapi, info, paths, components } = JSON.parse(await text(process.stdin));

const chosen = Object.values(paths)
  .flatMap((methods) => Object.values(methods))
  .filter(({ operationId }) => operations.delete(operationId));
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
  { openapi, info, paths: {}, components: { schemas: sorted } },
  { immutable: true, alphabetize: true },
);
const header = '/** Generated from the API description: `npm run client:types`. */\n\n';
process.stdout.write(
  await format(header + astToString(types), {
    ...(await resolveConfig(import.meta.filename)),
    parser: 'typescript',
  }),
);

/** The names of all schemas that this refers to, at any depth. */
function referencesOf(node) {
  return [...JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
}
