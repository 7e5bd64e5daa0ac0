import type { TSchema } from 'typebox';

/**
 * Compiles each schema when it is first needed, and once for all routes that share it: compiling the schemas of all routes would take most of the
 * API's start.
 */
export function oncePerSchema<Compiled extends object>(
  compile: (schema: TSchema) => Compiled,
): (schema: TSchema) => Compiled {
  const compiled = new WeakMap<TSchema, Compiled>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const made = compile(schema);
    compiled.set(schema, made);
    return made;
  };
}
