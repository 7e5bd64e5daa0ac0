import { SignJWT } from 'jose';

export const TOKEN_ROLES = ['app', 'service', 'operator', 'admin'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

export interface TokenOptions {
  /** HS256; the text's bytes are the key, as the API's AUTH_JWT_SECRET. */
  readonly secret: string;
  readonly role: TokenRole;
  /** Who it is for; shown in the audit. */
  readonly sub: string;
  /** For the role `app`, which sees this account alone. */
  readonly accountId?: string | undefined;
  /** `90s`, `30m`, `8h`, `30d`. */
  readonly expiresIn: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** Whether the text says how long: a whole number and s, m, h or d. */
export function isDuration(text: string): boolean {
  return /^[1-9]\d{0,5}[smhd]$/.test(text);
}

/** A token that the API accepts while it has the same secret, until it expires. Throws when a token like that cannot be. */
export async function signToken(options: TokenOptions): Promise<string> {
  if (!isDuration(options.expiresIn))
    throw new Error(`"${options.expiresIn}" says no duration; write 90s, 30m, 8h or 30d.`);
  if (options.role === 'app' && !options.accountId)
    throw new Error('A token of the role app is for one account: name it.');
  const claims = { role: options.role, ...(options.accountId ? { account_id: options.accountId } : {}) };
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(options.sub)
    .setIssuedAt()
    .setExpirationTime(options.expiresIn);
  if (options.issuer) token.setIssuer(options.issuer);
  if (options.audience) token.setAudience(options.audience);
  return token.sign(new TextEncoder().encode(options.secret));
}
