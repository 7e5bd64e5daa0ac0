import { ConfigurationError } from '../../domain/engine/configuration-error.js';

export const common = {
  DATABASE_URL: 'postgresql://store@localhost:5432/helpdesk',
  CONVERSATIONS_API_URL: 'http://localhost:4000',
  CONVERSATIONS_API_TOKEN: '12345',
};
export const api = {
  ...common,
  CARRIER_WEBHOOK_SECRET: 'whsec_c2VjcmV0 whsec_b2xkZXI=',
  AUTH_JWT_SECRET: '0'.repeat(32),
};
export const worker = {
  ...common,
  CARRIER_API_URL: 'http://localhost:4001',
  CARRIER_API_TOKEN: 'token',
  PUBLIC_URL: 'https://carryover.example',
  ATTACHMENTS_URL: 'file:///var/attachments',
};

export function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}
