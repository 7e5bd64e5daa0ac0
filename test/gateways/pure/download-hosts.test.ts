import { describe, expect, it } from 'vitest';
import { kindOfAddress } from '../../../gateways/download/addresses.js';
import { parseAttachmentHosts } from '../../../gateways/download/hosts.js';

const listed = (text: string, url: string): boolean => parseAttachmentHosts(text).lists(new URL(url));

describe('ATTACHMENT_HOSTS', () => {
  it('lists a host at its default ports without a port', () => {
    expect(listed('files.example.com', 'https://files.example.com/a')).toBe(true);
    expect(listed('files.example.com', 'http://files.example.com/a')).toBe(true);
    expect(listed('files.example.com', 'https://files.example.com:8443/a')).toBe(false);
  });

  it('lists a host only at the given port', () => {
    expect(listed('files.example.com:8443', 'https://files.example.com:8443/a')).toBe(true);
    expect(listed('files.example.com:8443', 'https://files.example.com/a')).toBe(false);
    expect(listed('files.example.com:443', 'https://files.example.com/a')).toBe(true);
    expect(listed('files.example.com:443', 'http://files.example.com/a')).toBe(false);
  });

  it('accepts several, with spaces, in any case, with addresses of both families', () => {
    const hosts = parseAttachmentHosts(' Files.Example.com , 10.0.0.7:8080,[::1]:9000, ');
    expect(hosts.size).toBe(3);
    expect(hosts.lists(new URL('http://FILES.example.com/'))).toBe(true);
    expect(hosts.lists(new URL('http://10.0.0.7:8080/'))).toBe(true);
    expect(hosts.lists(new URL('http://[::1]:9000/'))).toBe(true);
    expect(hosts.listsAddress('10.0.0.7')).toBe(true);
    expect(hosts.listsAddress('::1')).toBe(true);
    expect(hosts.listsAddress('10.0.0.8')).toBe(false);
  });

  it('lists no host when it is empty', () => {
    expect(parseAttachmentHosts('').size).toBe(0);
    expect(listed('', 'https://files.example.com/')).toBe(false);
  });

  it('does not match parts or neighbours of a name', () => {
    for (const url of [
      'https://files.example.com.attacker.example/',
      'https://evil-files.example.com/',
      'https://example.com/',
      'https://files.example.com@attacker.example/',
      'https://attacker.example/files.example.com',
    ]) {
      expect(listed('files.example.com', url)).toBe(false);
    }
  });

  it('reports every invalid entry', () => {
    expect(() =>
      parseAttachmentHosts('https://a.example, *.b.example, c.example/path, d.example:99999, u@e.example'),
    ).toThrow(
      /ATTACHMENT_HOSTS is invalid: "https:\/\/a.example" has a scheme.*"\*\.b\.example" has a wildcard.*"c.example\/path" is more than.*"d.example:99999" has an invalid port.*"u@e.example" is more than/,
    );
    expect(() => parseAttachmentHosts('::1')).toThrow(/brackets/);
    expect(() => parseAttachmentHosts('a.example:')).toThrow(/port/);
    expect(() => parseAttachmentHosts('[nonsense]')).toThrow(/not a host name/);
  });
});

describe('an address', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    '%s is public',
    (address) => {
      expect(kindOfAddress(address)).toBe('public');
    },
  );

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
  ])('%s is private', (address) => {
    expect(kindOfAddress(address)).toBe('private');
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:0254',
    'fe80::1',
    'fe80::1%eth0',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '0.0.0.0',
    '::',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
    '198.18.0.1',
    'nonsense',
    '',
  ])('%s must never be called', (address) => {
    expect(kindOfAddress(address)).toBe('never');
  });
});
