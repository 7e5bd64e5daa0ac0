export const TOKEN_ROLES = ['app', 'service', 'operator', 'admin'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

export interface TokenOptions {
  /** The API's AUTH_JWT_SECRET; its bytes are the HS256 key. */
  readonly secret: string;
  readonly role: TokenRole;
  /** Whose token it is; the audit shows the name. */
  readonly sub: string;
  /** Required for the role `app`, which sees only this account. */
  readonly accountId?: string | undefined;
  /** `90s`, `30m`, `8h`, `30d`. */
  readonly expiresIn: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** Whether the text is a duration: a whole number and s, m, h or d. */
export function isDuration(text: string): boolean {
  return /^[1-9]\d{0,5}[smhd]$/.test(text);
}

/** Signs a token that an API with the same secret accepts until it expires. Throws for an invalid duration, or `app` without an account. */
export async function signToken(options: TokenOptions): Promise<string> {
  if (!isDuration(options.expiresIn))
    throw new Error(`"${options.expiresIn}" is not a duration; write 90s, 30m, 8h or 30d.`);
  if (options.role === 'app' && !options.accountId)
    throw new Error('A token with the role app is for one account: name it.');
  // Loaded on demand: no other command signs.
  const { SignJWT } = await import('jose');
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
