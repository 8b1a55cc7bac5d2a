import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areKeys, signed } from './sign.ts';

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('a signature', () => {
  it('is what the libraries of Standard Webhooks are tested with', () => {
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' };
    expect(signed(message, KEY)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is made with each key while one replaces another', () => {
    const message = { id: 'trn_1', at: 1_614_265_330_999, body: '{}' };
    const of = (secret: string) => signed(message, secret)['webhook-signature'];
    expect(of(` ${KEY}\n${OTHER} `)).toBe(`${of(KEY)} ${of(OTHER)}`);
    expect(signed(message, KEY)['webhook-timestamp']).toBe('1614265330');
  });
});

describe('a key', () => {
  const bytes = (count: number) => Buffer.alloc(count, 0xfb).toString('base64');
  it.each([
    [`whsec_${bytes(24)}`, true],
    [`whsec_${bytes(64)}`, true],
    [`whsec_${bytes(32).replace(/=+$/, '')}`, true],
    [`${KEY} ${OTHER}`, true],
    [`whsec_${bytes(23)}`, false],
    [`whsec_${bytes(65)}`, false],
    [bytes(32), false],
    [`whsec_${'!'.repeat(40)}`, false],
    [`${KEY} ${bytes(32)}`, false],
    ['', false],
  ])('"%s" may be one: %s', (text, isOne) => {
    expect(areKeys(text)).toBe(isOne);
  });
});

type Receiver = (headers: Record<string, string>, body: string, key: string, now: number) => boolean;

/** The receiver's side as docs/alerts.md shows it, run as it stands there. */
async function documented(): Promise<Receiver> {
  const text = await readFile(path.resolve(import.meta.dirname, '../../../docs/alerts.md'), 'utf8');
  const [, code = ''] = /^```js\n(.*?)^```$/ms.exec(text) ?? [];
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { isFromPlumbline: Receiver };
  return module.isFromPlumbline;
}

describe('a receiver that does as the docs say', () => {
  const NOW = 1_770_944_407_000;

  it('takes what was signed, with the old key or the new one', async () => {
    const isOurs = await documented();
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(KEY, OTHER), (body, key) => {
        const headers = signed({ id: 'trn_1', at: NOW, body }, `${KEY} ${OTHER}`);
        expect(isOurs(headers, body, key, NOW)).toBe(true);
      }),
    );
  });

  it('takes nothing else: another body, id, time or key, nothing older than five minutes, no half header', async () => {
    const isOurs = await documented();
    const headers = signed({ id: 'trn_1', at: NOW, body: '{}' }, KEY);
    const wrong: [Record<string, string>, string, string, number][] = [
      [headers, '{ }', KEY, NOW],
      [{ ...headers, 'webhook-id': 'trn_2' }, '{}', KEY, NOW],
      [{ ...headers, 'webhook-timestamp': String(NOW / 1000 + 1) }, '{}', KEY, NOW],
      [headers, '{}', OTHER, NOW],
      [headers, '{}', KEY, NOW + 301_000],
      [headers, '{}', KEY, NOW - 301_000],
      [{ ...headers, 'webhook-signature': 'v1,' }, '{}', KEY, NOW],
      [{ 'webhook-id': 'trn_1' }, '{}', KEY, NOW],
    ];
    for (const [given, body, key, now] of wrong) expect(isOurs(given, body, key, now)).toBe(false);
    expect(isOurs(headers, '{}', KEY, NOW + 300_000)).toBe(true);
  });
});
