/**
 * Reads a process's variables by a schema, once, at its start. All missing and wrong variables are reported together, by name, before the
 * process does anything.
 */

import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export const Text = (what: string) => Type.String({ minLength: 1, description: what });
/** Text that fits into an HTTP header. */
export const Bearer = (what: string) => Type.String({ pattern: '^[\\x21-\\x7e]+$', description: what });
export const Url = (what: string, protocols = 'https?') =>
  Type.Refine(Type.String({ pattern: `^${protocols}://.+`, description: what }), URL.canParse);
export const Whole = (what: string, minimum: number, maximum: number, preset?: number) =>
  Type.Integer({
    minimum,
    maximum,
    description: what,
    ...(preset === undefined ? {} : { default: preset }),
  });
/** Secrets in the form of Standard Webhooks. */
export const WebhookSecrets = (what: string) =>
  Type.String({
    pattern: '^whsec_[A-Za-z0-9+/=_-]+(\\s+whsec_[A-Za-z0-9+/=_-]+)*$',
    description: `${what}, whsec_<base64>, several separated by spaces`,
  });

/** The single secrets of such a variable. */
export function webhookSecrets(text: string): readonly string[] {
  return text.split(/\s+/);
}

/** What a rule sees: the values that match their schema, and every name that is set, valid or not. */
export interface Given<Values> {
  readonly values: Partial<Values>;
  readonly isSet: (name: keyof Values) => boolean;
  readonly environment: Environment;
}

/** A check beyond the schema of one variable. Returns the problems that it finds: "NAME is wrong: …". */
export type Rule<Values> = (given: Given<Values>) => readonly string[];

/** A rule that a gateway can parse the variable; `parse` throws an Error that says why not. */
export function readable<Values>(
  name: keyof Values & string,
  parse: (text: string) => unknown,
): Rule<Values> {
  return ({ values }) => {
    const text: unknown = values[name];
    return typeof text === 'string' ? problemOf(name, () => parse(text)) : [];
  };
}

/** Reports what `attempt` throws as a problem of the variable. */
export function problemOf(name: string, attempt: () => unknown): readonly string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [message.startsWith(`${name} `) ? message : `${name} is wrong: ${message}`];
  }
}

type Described = TSchema & { readonly description: string };

/** @throws ConfigurationError that lists every missing or wrong variable. */
export function readEnvironment<Properties extends TProperties>(
  schema: TObject<Properties>,
  environment: Environment,
  rules: readonly Rule<Static<TObject<Properties>>>[] = [],
): Static<TObject<Properties>> {
  const properties = Object.entries(schema.properties as unknown as Record<string, Described>);
  // An empty variable counts as not set.
  const given = Object.fromEntries(
    properties.flatMap(([name, property]) => {
      const text = environment[name]?.trim();
      if (text === undefined || text === '') return [];
      return [[name, Type.IsInteger(property) && /^\d+$/.test(text) ? Number(text) : text]];
    }),
  );
  const values = Value.Default(schema, { ...given }) as Record<string, unknown>;
  const right = properties.filter(([name, property]) => Value.Check(property, values[name]));
  const problems = [
    ...properties.flatMap(([name, property]) => formProblem(schema, name, property, values[name])),
    ...rules.flatMap((rule) =>
      rule({
        values: Object.fromEntries(right.map(([name]) => [name, values[name]])) as Partial<
          Static<TObject<Properties>>
        >,
        isSet: (name) => name in given,
        environment,
      }),
    ),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as Static<TObject<Properties>>;
}

function formProblem(schema: TObject, name: string, property: Described, value: unknown): readonly string[] {
  if (value === undefined)
    return schema.required.includes(name) ? [`${name} is missing: ${property.description}.`] : [];
  return Value.Check(property, value) ? [] : [`${name} is wrong: it must be ${property.description}.`];
}
