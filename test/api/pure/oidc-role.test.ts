import { expect, test } from 'vitest';
import { roleIn } from '../../../api/sessions/oidc-role.js';

test.each([
  ['a word', { role: 'operator' }, 'role', 'operator'],
  ['a prefixed word', { role: 'carryover-admin' }, 'role', 'admin'],
  ['a list', { groups: ['staff', 'operator'] }, 'groups', 'operator'],
  ['several: the strongest', { groups: ['service', 'operator', 'carryover-admin'] }, 'groups', 'admin'],
  ['a path', { realm_access: { roles: ['operator'] } }, 'realm_access.roles', 'operator'],
  ['a name with dots', { 'https://example.com/role': 'admin' }, 'https://example.com/role', 'admin'],
  ['no claim', {}, 'role', undefined],
  ['no role', { role: 'accountant' }, 'role', undefined],
  ['the role of an app', { role: 'app' }, 'role', undefined],
  ['a part of a word', { role: 'operators' }, 'role', undefined],
  ['an object', { role: { admin: true } }, 'role', undefined],
  ['a path through a text', { role: 'admin' }, 'role.length', undefined],
  ['what every object has', {}, 'constructor.name', undefined],
])('the role in %s', (_what, claims, claim, role) => {
  expect(roleIn(claims, claim)).toBe(role);
});
