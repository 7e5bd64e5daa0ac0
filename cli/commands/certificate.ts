import { readFile, rename, writeFile } from 'node:fs/promises';
import { canonicalJson } from '../../domain/canonical-json.js';
import { type CertificateFile, checkCertificate } from '../../domain/certificate.js';
import { carryoverCommand } from '../../domain/commands.js';
import type { ApiClient } from './api-client.js';
import { CommandError, EXIT, print, type Terminal } from './terminal.js';

/** Writes the account's latest certificate to a file, or to standard output; the key's fingerprint goes to standard error. */
export async function getCertificate(
  api: ApiClient,
  accountId: string,
  out: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const file = await api.get<CertificateFile>(`/v2/migrations/${encodeURIComponent(accountId)}/certificate`);
  // Parsing has lost the bytes; the form is the one in which it was written.
  const text = canonicalJson(file);
  if (out === undefined) print(terminal.out, text);
  else {
    const unfinished = `${out}.${process.pid}`;
    await writeFile(unfinished, `${text}\n`).catch((error: unknown) => refuse(out, error));
    await rename(unfinished, out).catch((error: unknown) => refuse(out, error));
    print(
      terminal.out,
      `The certificate of ${accountId} is in ${out}. Check it with: ${carryoverCommand('certificate', 'check', out)}`,
    );
  }
  print(terminal.error, `Its key is ${file.signature.key_fingerprint}.`);
}

/** Checks a certificate with nothing but its file. Answers the exit status: fine when all of it holds. */
export async function checkFile(
  path: string,
  fingerprint: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => refuse(path, error));
  const { holds, steps, file } = checkCertificate(text, fingerprint);
  print(terminal.out, ...steps.map((step) => `${step.holds ? '✔' : '✖'} ${step.words}`));
  if (!holds || !file) {
    print(terminal.out, 'The certificate does not hold.');
    return EXIT.failed;
  }
  const { certificate } = file;
  const { version, commit } = certificate.code;
  print(
    terminal.out,
    `Account ${certificate.account_id}, after a ${certificate.made_after}, ${certificate.made_at}; Carryover ${version}${commit === null ? '' : ` (${commit})`}; run ${certificate.workflow.run_id} of ${certificate.workflow.id}.`,
  );
  if (fingerprint === undefined)
    print(
      terminal.out,
      'Whose key it is this cannot tell: compare it with one you trust, or give --fingerprint.',
    );
  print(terminal.out, 'The certificate holds.');
  return EXIT.fine;
}

function refuse(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  throw new CommandError(`${path} cannot be read or written (${code}). Check the path.`);
}
