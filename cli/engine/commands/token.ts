import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { isDuration, signToken, type TokenRole } from '../../token.js';
import { CommandError, EXIT, print, type Terminal } from '../terminal/terminal.js';

export interface TokenCommand {
  readonly role: TokenRole;
  readonly sub: string;
  readonly account?: string;
  readonly expires: string;
}

/** Prints a token and nothing else, so that it can go straight into a variable. */
export async function token(options: TokenCommand, terminal: Terminal): Promise<void> {
  const { environment } = terminal;
  if (options.role === 'app' && !options.account) {
    throw new CommandError('A token with the role app is for one account: add --account ID.', EXIT.usage);
  }
  if (!isDuration(options.expires)) {
    throw new CommandError(
      `"${options.expires}" is not a duration: write --expires 90s, 30m, 8h or 30d.`,
      EXIT.usage,
    );
  }
  const signed = await signToken({
    secret: await secretOf(environment),
    role: options.role,
    sub: options.sub,
    accountId: options.account,
    expiresIn: options.expires,
    issuer: environment['AUTH_ISSUER'],
    audience: environment['AUTH_AUDIENCE'],
  });
  print(terminal.out, signed);
}

async function secretOf(environment: Terminal['environment']): Promise<string> {
  const { readTokenSecret } = await import('../../environment/operator.js');
  try {
    return readTokenSecret(environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const hint =
      "Set it to the API's AUTH_JWT_SECRET. If the API has AUTH_JWKS_URL, get tokens from its issuer.";
    throw new ConfigurationError([...error.problems, hint]);
  }
}
