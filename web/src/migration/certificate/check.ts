import { canonicalJson, type Json } from '../../../../domain/engine/proof/canonical-json.js';

/** One finding about a certificate. */
export interface Step {
  readonly holds: boolean;
  readonly words: string;
}

export interface CheckedCertificate {
  readonly steps: readonly Step[];
  readonly holds: boolean;
  readonly fingerprint: string;
  /** Of the text; identifies the certificate at the API. */
  readonly sha256: string;
}

interface CertificateFile {
  readonly certificate: Json;
  readonly signature: { algorithm: string; public_key: string; key_fingerprint: string; value: string };
}

/**
 * Checks a certificate's text by itself: its canonical form, the key that it names, and the signature. As in `carryover certificate check`,
 * whose key it is cannot be known from the file. Throws an Error where the browser has no Web Crypto, which it has on https and on localhost.
 */
export async function checkCertificate(text: string): Promise<CheckedCertificate> {
  const { subtle } = globalThis.crypto ?? {};
  if (subtle === undefined)
    throw new Error(
      'Browsers check signatures only on https pages. On the command line: carryover certificate check FILE',
    );
  const document = text.replace(/\n$/, '');
  const file = JSON.parse(document) as Partial<CertificateFile>;
  if (!isCertificate(file))
    throw new Error('The file is not a certificate: it has no statement or no signature.');
  const { algorithm, public_key: spki, key_fingerprint: named, value } = file.signature;
  const key = bytesOf(spki);
  const fingerprint = `SHA256:${base64Of(await subtle.digest('SHA-256', key)).replace(/=+$/, '')}`;
  const canonical = canonicalJson(file as unknown as Json) === document;
  const signed = algorithm === 'Ed25519' && (await isSigned(subtle, key, file.certificate, value));
  const steps: readonly Step[] = [
    canonical
      ? { holds: true, words: 'The file is complete and in its canonical form.' }
      : { holds: false, words: 'The file is not in its canonical form: it was changed or reformatted.' },
    fingerprint === named
      ? { holds: true, words: `Its key is ${fingerprint}.` }
      : { holds: false, words: `Its key is ${fingerprint}, but the file names ${named}.` },
    signed
      ? { holds: true, words: 'The signature is valid: nothing has changed since this key signed it.' }
      : {
          holds: false,
          words: 'The signature is not valid: the statement, the key or the signature was changed.',
        },
  ];
  const sha256 = hexOf(await subtle.digest('SHA-256', new TextEncoder().encode(document)));
  return { steps, holds: steps.every(({ holds }) => holds), fingerprint, sha256 };
}

function isCertificate(file: Partial<CertificateFile>): file is CertificateFile {
  const { certificate, signature } = file;
  const members = [signature?.algorithm, signature?.public_key, signature?.key_fingerprint, signature?.value];
  return certificate !== undefined && members.every((member) => typeof member === 'string');
}

async function isSigned(
  subtle: typeof globalThis.crypto.subtle,
  spki: Uint8Array<ArrayBuffer>,
  statement: Json,
  value: string,
): Promise<boolean> {
  try {
    const key = await subtle.importKey('spki', spki, { name: 'Ed25519' }, false, ['verify']);
    const text = new TextEncoder().encode(canonicalJson(statement));
    return await subtle.verify({ name: 'Ed25519' }, key, bytesOf(value), text);
  } catch {
    return false;
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function base64Of(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function hexOf(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
