import type { LightMyRequestResponse } from 'fastify';
import Schema from 'typebox/schema';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: unknown }>> }>
  >;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/**
 * How an answer differs from the OpenAPI document. Empty for a path or method that the document does not have, whose answers are problems without a
 * description.
 */
export function unlikeDescribed(
  document: OpenApiDocument,
  method: string,
  url: string,
  answer: LightMyRequestResponse,
): string[] {
  const operation = operationOf(document, method, url);
  if (operation === undefined) return [];
  const described = operation.responses[String(answer.statusCode)];
  if (described === undefined) return [`${answer.statusCode} is not described`];
  if (described.content === undefined) return answer.body === '' ? [] : ['a body is not described'];
  const type = String(answer.headers['content-type']).split(';')[0]!;
  const content = described.content[type];
  if (content === undefined) return [`${type} is not described for ${answer.statusCode}`];
  if (type !== 'application/json' && !type.endsWith('+json')) return [];
  const [fits, errors] = Schema.Errors(dereferenced(content.schema, document) as never, answer.json());
  return fits ? [] : errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function operationOf(document: OpenApiDocument, method: string, url: string): Operation | undefined {
  const path = url.split('?', 1)[0]!;
  // A path without parameters takes precedence over one with a parameter, as in the router.
  const parameters = (pattern: string) => pattern.split('{').length;
  const [found] = Object.entries(document.paths)
    .filter(([pattern]) => new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path))
    .toSorted(([a], [b]) => parameters(a) - parameters(b));
  return found?.[1][method.toLowerCase()];
}

/** The schema with its references resolved. */
export function dereferenced(schema: unknown, document: OpenApiDocument): unknown {
  if (Array.isArray(schema)) return schema.map((each) => dereferenced(each, document));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref } = schema as { $ref?: string };
  if ($ref !== undefined) {
    const name = $ref.replace('#/components/schemas/', '');
    return dereferenced(document.components.schemas[name], document);
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, dereferenced(value, document)]),
  );
}
