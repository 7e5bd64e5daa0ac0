import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Static } from 'typebox';
import type { CertificateState } from '../../../api/engine/schemas/certificates.js';
import { canonicalJson } from '../../../domain/engine/proof/canonical-json.js';
import {
  type CertificateFile,
  certificateHash,
  type Statement,
} from '../../../domain/engine/proof/certificate.js';
import { type CertificateCheck, checkCertificate } from '../../../domain/engine/proof/certificate-check.js';
import { carryoverCommand } from '../../../domain/engine/failures/commands.js';
import type { CliKinds } from '../choose-kind.js';
import type { KindAtApi } from '../command-line.js';
import { type CliKind, kindCommand, type KindCertificates, migrationPath } from '../kind.js';
import type { Printer } from '../terminal/output.js';
import { CommandError, EXIT, print, say, type Terminal } from '../terminal/terminal.js';

/**
 * Writes a migration's latest certificate to a file, or to standard output. Standard error gets the key's fingerprint and, if the
 * certificate is not current, its state. Returns the exit status for that state.
 */
export async function getCertificate(
  at: KindAtApi,
  key: string,
  out: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const file = await at.api.get<CertificateFile>(migrationPath(at.kind, key, 'certificate'));
  // Parsing lost the signed bytes; the canonical form restores them.
  const text = canonicalJson(file);
  if (out === undefined) print(terminal.out, text);
  else {
    const unfinished = `${out}.${process.pid}`;
    await writeFile(unfinished, `${text}\n`).catch((error: unknown) => refuse(out, error));
    await rename(unfinished, out).catch((error: unknown) => refuse(out, error));
    say(
      terminal.out,
      `The certificate of ${key} is in ${out}. Check it with: ${carryoverCommand('certificate', 'check', out)}`,
    );
  }
  say(terminal.error, `Its key is ${file.signature.key_fingerprint}.`);
  const status = await statusOf(at, key, certificateHash(text));
  if (status.state !== 'current') say(terminal.error, stateInWords(at.kind, key, status));
  return STATUS_OF[status.state];
}

interface CheckedFile extends CertificateCheck<Statement> {
  readonly certificates: KindCertificates;
}

/** Checks the text as a certificate of the kind whose form it has. */
async function checkText(text: string, kinds: CliKinds, fingerprint?: string): Promise<CheckedFile> {
  const loaded = await Promise.all(Object.values(kinds).map(async (kind) => kind.certificates?.()));
  const checked = loaded
    .flatMap((certificates) => certificates ?? [])
    .map((certificates) => ({ ...checkCertificate(text, certificates.form, fingerprint), certificates }));
  const found = checked.find(({ file }) => file !== undefined) ?? checked[0];
  if (found === undefined) throw new CommandError('No kind of migration has certificates.');
  return found;
}

/** Checks a certificate offline. Returns the exit status: fine only if everything holds and the key is the expected one. */
export async function checkFile(
  path: string,
  fingerprint: string | undefined,
  kinds: CliKinds,
  printer: Printer,
  { out }: Terminal,
): Promise<number> {
  const { holds, steps, file, certificates } = await checkText(await readText(path), kinds, fingerprint);
  const isTrusted = fingerprint !== undefined;
  if (await printer.data({ holds, key_checked: isTrusted, steps, certificate: file?.certificate ?? null }))
    return !holds || !file ? EXIT.failed : isTrusted ? EXIT.fine : EXIT.keyNotChecked;
  say(out, ...steps.map((step) => `${step.holds ? '✔' : '✖'} ${step.words}`));
  if (!holds || !file) {
    say(out, 'The certificate does not hold.');
    return EXIT.failed;
  }
  say(out, ...certificates.contents(file.certificate));
  say(
    out,
    `A file cannot show whether it was revoked or superseded since. Ask the API: ${carryoverCommand('certificate', 'status', path)}`,
  );
  if (isTrusted) {
    say(out, 'The certificate holds.');
    return EXIT.fine;
  }
  say(
    out,
    `The certificate holds, but its key was not checked: anybody can sign with a key of their own. Compare ${file.signature.key_fingerprint} with the fingerprint that you trust, or give that one with --fingerprint.`,
  );
  return EXIT.keyNotChecked;
}

/** Asks the API for the current state of the certificate in a file. Returns the exit status for that state. */
export async function certificateStatus(
  at: KindAtApi,
  path: string,
  kinds: CliKinds,
  printer: Printer,
  { out }: Terminal,
): Promise<number> {
  const text = await readText(path);
  const { file, certificates } = await checkText(text, kinds);
  if (!file) throw new CommandError(`${path} is not a certificate. See: carryover certificate check ${path}`);
  const key = certificates.form.subjectOf(file.certificate);
  const status = await statusOf(at, key, certificateHash(text.replace(/\n$/, '')));
  if (!(await printer.data(status))) say(out, stateInWords(at.kind, key, status));
  return STATUS_OF[status.state];
}

type StatusAnswer = Static<typeof CertificateState>;

const STATUS_OF = {
  current: EXIT.fine,
  superseded: EXIT.attention,
  revoked: EXIT.failed,
  unknown: EXIT.failed,
} as const satisfies Record<StatusAnswer['state'], number>;

function statusOf({ api, kind }: KindAtApi, key: string, sha256: string): Promise<StatusAnswer> {
  return api.get(migrationPath(kind, key, 'certificate/status'), { sha256 });
}

function stateInWords(kind: CliKind, key: string, status: StatusAnswer): string {
  const { state, since, why, revoked_by: by } = status;
  switch (state) {
    case 'current':
      return `Current: it is the latest certificate of ${key}, and no verification has found differences since.`;
    case 'revoked':
      return `Revoked ${since}: ${by} reset ${key}, and the data it certifies is gone.`;
    case 'unknown':
      return `Unknown: this installation did not create this certificate for ${key}.`;
    case 'superseded':
      return why === 'newer-certificate'
        ? `Superseded ${since} by a newer one: ${kindCommand(kind, 'certificate', 'get', key)}`
        : `Superseded ${since}: a verification found differences. See: ${kindCommand(kind, 'status', key)}`;
  }
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => refuse(path, error));
}

function refuse(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  throw new CommandError(`${path} cannot be read or written (${code}). Check the path.`);
}
