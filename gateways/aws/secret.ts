import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ANSWER_TIMEOUTS } from './timeouts.js';

/**
 * Reads the current text of a secret in Secrets Manager. Throws an Error that names the secret and AWS's reason, never its value.
 *
 * @param arn the secret's ARN, which also names the region
 */
export async function readSecret(arn: string): Promise<string> {
  const region = arn.split(':')[3];
  const client = new SecretsManagerClient({
    ...(region ? { region } : {}),
    requestHandler: ANSWER_TIMEOUTS,
  });
  try {
    const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    if (!text) throw new Error('it holds no text');
    return text;
  } catch (error) {
    const { name, message } = error as Error;
    const why = name === 'Error' ? message : name;
    throw new Error(`The secret ${arn} cannot be read: ${why}.`, { cause: error });
  } finally {
    client.destroy();
  }
}
