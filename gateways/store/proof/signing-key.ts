import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import {
  type CertificateFile,
  keyFingerprint,
  signedBytes,
  type Statement,
} from '../../../domain/engine/proof/certificate.js';
import type { Transaction } from '../sql/transaction.js';

/** Signs with the store's own Ed25519 key, which is created on first use. If two are created at once, one is kept. */
export async function signStatement(tx: Transaction, statement: Statement): Promise<CertificateFile> {
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

async function readKey(tx: Transaction): Promise<string | undefined> {
  const rows = await tx.rows<{ private_key: string }>`
    SELECT private_key FROM carryover.signing_keys WHERE id = 1`;
  return rows[0]?.private_key;
}

async function makeKey(tx: Transaction): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  await tx.run`
    INSERT INTO carryover.signing_keys (id, private_key, public_key) VALUES (1, ${privateKey}, ${publicKey}) ON CONFLICT DO NOTHING`;
  return (await readKey(tx)) ?? privateKey;
}

/** The unique id of this store. */
export async function readStoreId(tx: Transaction): Promise<string> {
  const rows = await tx.rows<{ store_id: string }>`
    SELECT store_id::text FROM carryover.store_identity WHERE id = 1`;
  if (!rows[0])
    throw new Error(
      'The table carryover.store_identity is empty: the schema is incomplete. Run: carryover db migrate',
    );
  return rows[0].store_id;
}
