/**
 * Turns every schema with a title into a component of the API description, and every use of it into a reference. Routes keep using the schemas
 * themselves, so that validators and serializers resolve no references.
 */

import { isOptionalBody } from '../plugins/bodies.js';

type Node = Readonly<Record<string, unknown>>;

interface RequestBody {
  readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
}

/** Throws if two different schemas have the same name. */
export function withComponents(document: Node): Node {
  const schemas: Record<string, Node> = {};

  const named = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(named);
    if (typeof value !== 'object' || value === null) return value;
    const copy = mapValues(value as Node, inside);
    const { title: name, ...schema } = copy;
    if (typeof name !== 'string') return copy;
    const known = schemas[name] ?? schema;
    if (meaningOf(known) !== meaningOf(schema))
      throw new Error(`Two different schemas of the API are called ${name}.`);
    schemas[name] = { ...schema, ...known };
    return { $ref: `#/components/schemas/${name}` };
  };
  const inside = (value: unknown, key: string): unknown => {
    switch (key) {
      // Here, `title` is not the name of a schema.
      case 'info':
      case 'example':
      case 'examples':
        return value;
      case 'properties':
        return mapValues(value as Node, named);
      case 'requestBody':
        return { ...(named(value) as Node), required: !mayBeLeftOut(value as RequestBody) };
      default:
        return named(value);
    }
  };

  const { components, ...rest } = named(document) as Node;
  const sorted = Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...rest, components: { ...(components as Node), schemas: sorted } };
}

/** Compares without description and examples, which a parameter or a body carries outside its schema. */
function meaningOf(schema: Node): string {
  return JSON.stringify({ ...schema, description: undefined, example: undefined, examples: undefined });
}

function mayBeLeftOut({ content }: RequestBody): boolean {
  return Object.values(content).every(({ schema }) => isOptionalBody(schema));
}

function mapValues(of: Node, change: (value: unknown, key: string) => unknown): Node {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value, key)]));
}
