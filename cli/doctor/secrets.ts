import type { Environment } from '../environment/read.js';

const NAMES = /TOKEN|SECRET|PASSWORD|WEBHOOK|_KEY$|API_KEY/;
/** A shorter one would also hide words. */
const SHORTEST = 6;

/** Replaces every secret of the environment in a text: variables that are secrets, and the passwords in addresses. */
export function withoutSecrets(environment: Environment): (text: string) => string {
  const secrets = Object.entries(environment)
    .flatMap(([name, value = '']) => [...(NAMES.test(name) ? value.split(/\s+/) : []), ...passwordIn(value)])
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

/** As it stands in the address, and as it is sent. */
function passwordIn(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
