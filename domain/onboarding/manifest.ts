/** The Business Context Manifest of a completed session. */

import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../engine/proof/canonical-json.js';
import { EMPTY_OBJECT, type JsonText, objectText, textOf } from './json.js';
import type { Session } from './session.js';
import { PHASES, STEPS } from './steps.js';

export interface Manifest {
  readonly version: string;
  /** With every digit of the answers. */
  readonly json: JsonText;
  /** SHA-256 of the canonical form, in hexadecimal. */
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly tokens: number;
}

/** The manifest's answers have no canonical form. */
export class Uncanonical extends Error {
  override readonly name = 'Uncanonical';
}

type Described = Pick<Session, 'workspaceId' | 'sessionId' | 'userId' | 'clientName' | 'stepData'>;

/** @param countTokens of text, in the tokenizer's own way. Throws Uncanonical for a number beyond the doubles, or too many levels. */
export function manifestOf(
  session: Described,
  version: string,
  countTokens: (text: string) => number,
): Manifest {
  const json = manifestText(session, version);
  const canonical = canonicalFormOf(json);
  return { version, json, ...sealOf(canonical), tokens: countTokens(canonical) };
}

export function manifestText(session: Described, version: string): JsonText {
  const stepText = ({ number, name }: (typeof STEPS)[number]) =>
    [
      String(number),
      objectText([
        ['name', textOf(name)],
        ['data', session.stepData.get(number) ?? EMPTY_OBJECT],
      ]),
    ] as const;
  const phases = PHASES.map(({ number, name }) => {
    const steps = STEPS.filter(({ phase }) => phase === number).map(stepText);
    return [
      String(number),
      objectText([
        ['name', textOf(name)],
        ['steps', objectText(steps)],
      ]),
    ] as const;
  });
  return objectText([
    ['version', textOf(version)],
    ['workspace_id', textOf(session.workspaceId)],
    ['session_id', textOf(session.sessionId)],
    ['user_id', textOf(session.userId)],
    ['client_name', textOf(session.clientName)],
    ['phases', objectText(phases)],
  ]);
}

/** The form of RFC 8785, which takes each number as its nearest double. Throws Uncanonical. */
export function canonicalFormOf(json: JsonText): string {
  try {
    return canonicalJson(JSON.parse(json) as Json);
  } catch (error) {
    const reason = error instanceof RangeError ? 'They have too many levels.' : (error as Error).message;
    throw new Uncanonical(`The answers have no canonical form (RFC 8785). ${reason}`, { cause: error });
  }
}

export function sealOf(canonical: string): { readonly checksum: string; readonly sizeBytes: number } {
  return {
    checksum: createHash('sha256').update(canonical).digest('hex'),
    sizeBytes: Buffer.byteLength(canonical),
  };
}

/** One above the highest `1.n`; `1.0` if there is none. @param highest the n, of any length */
export function versionAfter(highest: bigint | undefined): string {
  return `1.${highest === undefined ? 0n : highest + 1n}`;
}
