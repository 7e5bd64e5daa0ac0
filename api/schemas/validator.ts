import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * Input is taken as it is sent: a text is no number, and nothing is filled in or left out. Only query parameters, which are
 * always text, become whole numbers where the schema wants them and the text is one.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema);
  return (value: unknown) => {
    const read = httpPart === 'querystring' ? withWholeNumbers(schema, value) : value;
    return check.Check(read) ? { value: read } : { error: check.Errors(read) as never };
  };
};

function withWholeNumbers(schema: TSchema, query: unknown): unknown {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.fromEntries(
    Object.entries(query as Record<string, unknown>).map(([name, text]) =>
      properties[name]?.type === 'integer' && typeof text === 'string' && /^\d{1,9}$/.test(text)
        ? [name, Number(text)]
        : [name, text],
    ),
  );
}
