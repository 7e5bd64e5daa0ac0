import { describe, expect, it } from 'vitest';
import { connectConfig } from '../../../../gateways/temporal/connect-config.js';

describe("Temporal's own environment configuration", () => {
  it('is used, with the default address and namespace', () => {
    const said = { TEMPORAL_ADDRESS: '[::1]:7233', TEMPORAL_NAMESPACE: 'clinic', TEMPORAL_TLS: '' };
    expect(connectConfig(said)).toMatchObject({
      namespace: 'clinic',
      connectionOptions: { address: '[::1]:7233' },
    });
    for (const address of ['temporal', 'temporal.example:7233', '10.0.0.1:7233'])
      expect(connectConfig({ TEMPORAL_ADDRESS: address }).connectionOptions.address).toBe(address);
    expect(connectConfig({ HOME: '/nowhere' }).namespace).toBe('default');
  });

  it.each([
    ['TEMPORAL_TLS', 'maybe'],
    ['TEMPORAL_TLS', 'True'],
    ['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION', 'yes'],
    ['TEMPORAL_CONFIG_FILE', '/nowhere/temporal.toml'],
    ['TEMPORAL_ADDRESS', 'x y z'],
    ['TEMPORAL_ADDRESS', '127.0.0.1:99999'],
  ])('refuses settings that would be ignored or never work: %s=%s', (name, value) => {
    expect(() => connectConfig({ [name]: value })).toThrow(name);
  });
});
