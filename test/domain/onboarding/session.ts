import { type LegacyUser, type Session, mapUser } from '../../../domain/onboarding/session.js';

export const USER: LegacyUser = {
  id: '0b8f5c1e-6a57-4d0c-9a53-3d9a0f6f3c11',
  email: 'ada@lakeside.example',
  fullName: 'Lakeside Dental',
  status: 'active',
  step: 'truth',
  hasCompleted: false,
  answers: new Map([
    ['brand', '{"tone": 12345678901234567890.10, "__proto__": 1}'],
    ['welcome', '{}'],
    ['evidence', '{"a": [1e400]}'],
    ['hierarchy', '{"later": true}'],
  ]),
  createdAt: '2026-01-02T03:04:05.678901Z',
  updatedAt: '2026-02-03T04:05:06.000007Z',
  workspaceId: '7d0e7c46-0c5b-4b51-a8a1-4f64a6b7a001',
};

export function sessionOf(user: Partial<LegacyUser> = {}): Session {
  const mapped = mapUser({ ...USER, ...user });
  if (!('session' in mapped)) throw new Error(JSON.stringify(mapped));
  return mapped.session;
}
