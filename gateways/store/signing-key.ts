import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import {
  type CertificateFile,
  type CertificateStatement,
  keyFingerprint,
  signedBytes,
} from '../../domain/certificate.js';
import type { StoreTransaction } from './connect.js';

/** Signs with the store's own key (Ed25519), which is made at the first use; of two that make it at once one is kept. */
export async function signStatement(
  tx: StoreTransaction,
  statement: CertificateStatement,
): Promise<CertificateFile> {
  const key = createPrivateKey((await readKey(tx)) ?? (await makeKey(tx)));
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    certificate: statement,
    signature: {
      algorithm: 'Ed25519',
      public_key: publicKey.toString('base64'),
      key_fingerprint: keyFingerprint(publicKey),
      value: sign(null, signedBytes(statement), key).toString('base64'),
    },
  };
}

async function readKey(tx: StoreTransaction): Promise<string | undefined> {
  const row = await tx.signingKey.findUnique({ where: { id: 1 }, select: { privateKey: true } });
  return row?.privateKey;
}

async function makeKey(tx: StoreTransaction): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  await tx.$executeRaw`
    INSERT INTO signing_keys (id, private_key, public_key) VALUES (1, ${privateKey}, ${publicKey}) ON CONFLICT DO NOTHING`;
  return (await readKey(tx)) ?? privateKey;
}
