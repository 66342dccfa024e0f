import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { originOf, parseWebhookUrl } from './webhook-url.ts';

test.each([
  ['https://example.com/hook?token=x', false],
  ['https://8.8.8.8/hook', false],
  ['https://[2606:4700::1111]/hook', false],
  ['http://localhost:8080/hook', true],
  ['http://127.0.0.1:8080', true],
  ['https://[::1]:8443/x', true],
] as const)('%s may be a webhook (of this machine: %s)', (text, loopback) => {
  expect(parseWebhookUrl('url', text)).toMatchObject({ loopback });
});

/** Ways to say "inside" that do not look like it, and addresses that are no webhook's. */
const hostile = [
  '',
  'example.com/hook',
  'ftp://example.com/x',
  'file:///etc/passwd',
  'gopher://127.0.0.1:25/',
  'http://example.com/hook',
  'https://user@example.com/',
  'https://user:password@example.com/',
  'http://169.254.169.254/latest/meta-data/',
  'https://169.254.169.254/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://0/',
  'https://127.0.0.2/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://127.0.0.1.:1/',
  'http://2852039166/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://198.18.0.1/',
  'https://203.0.113.9/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://[ff02::1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:0:7f00:1::]/',
  'https://[2001:db8::1]/',
  'https://①②⑦.⓪.⓪.①/',
  'http://LOCALHOST@169.254.169.254/',
];

test.each(hostile)('%j is refused, and not shown', (text) => {
  expect(() => parseWebhookUrl('url', text)).toThrow(/^url: .*\(not shown\)/);
});

test('only the origin of an address is told', () => {
  expect(originOf('https://hooks.example.com/services/T0/secret')).toBe('https://hooks.example.com');
  expect(originOf('nothing')).toBe('(unreadable)');
});

test('an address that is none is not public', () => {
  for (const address of ['', 'localhost', '1.2.3', 'fe80::1%eth0', '2606:4700::1111%lo', '::', '::1']) {
    expect(isPublicAddress(address)).toBe(false);
  }
  expect(isPublicAddress('2606:4700::1111')).toBe(true);
});
