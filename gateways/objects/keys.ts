const MAX_NAME = 100;
const MAX_EXTENSION = 12;

export interface ObjectOwner {
  readonly accountId: string;
  readonly brandId: string;
  readonly attachmentId: string;
}

/** The key of an attachment's file. It is made of the store's row ids, so no outsider chooses a path and a repeated fetch writes the same object. */
export function attachmentKey(owner: ObjectOwner, fileName: string | null): string {
  const ids = [owner.accountId, owner.brandId, owner.attachmentId];
  for (const id of ids) {
    if (!/^\d+$/.test(id)) throw new Error(`A row id must be a number: ${JSON.stringify(id)}`);
  }
  return [...ids, safeFileName(fileName)].join('/');
}

/** A name that is valid in a folder, a bucket and a URL: at most 100 letters, digits, `.`, `-` or `_`, without a leading dot. */
export function safeFileName(name: string | null): string {
  const plain = (name ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^[._-]+|[._-]+$/g, '');
  if (!/[A-Za-z0-9]/.test(plain)) return 'file';
  if (plain.length <= MAX_NAME) return plain;
  const extension = /\.[A-Za-z0-9]+$/.exec(plain)?.[0] ?? '';
  if (extension === '' || extension.length > MAX_EXTENSION) return plain.slice(0, MAX_NAME);
  return plain.slice(0, MAX_NAME - extension.length) + extension;
}
