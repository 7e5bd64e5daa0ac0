import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { oncePerSchema } from './once-per-schema.js';

const validatorOf = oncePerSchema((schema) => Compile(schema));

/**
 * Validates input without coercion, defaults or removal. The exception is query parameters, which are always text: a whole number becomes one
 * if the schema requires an integer.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const hasWholeNumbers = httpPart === 'querystring' && Object.values(propertiesOf(schema)).some(isWhole);
  return (value: unknown) => {
    const check = validatorOf(schema);
    const read = hasWholeNumbers ? withWholeNumbers(schema, value) : value;
    return check.Check(read) ? { value: read } : { error: check.Errors(read) as never };
  };
};

function withWholeNumbers(schema: TSchema, query: unknown): unknown {
  const properties = propertiesOf(schema);
  return Object.fromEntries(
    Object.entries(query as Record<string, unknown>).map(([name, text]) =>
      isWhole(properties[name]) && typeof text === 'string' && /^\d{1,9}$/.test(text)
        ? [name, Number(text)]
        : [name, text],
    ),
  );
}

interface Property {
  readonly type?: string;
}

function propertiesOf(schema: TSchema): Readonly<Record<string, Property>> {
  return (schema as { properties?: Record<string, Property> }).properties ?? {};
}

function isWhole(property: Property | undefined): boolean {
  return property?.type === 'integer';
}
