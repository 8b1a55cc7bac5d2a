import { exampleDigest } from '@plumbline/alerts/example-digest';
import { exampleDecisionItem, exampleItem } from '@plumbline/alerts/example-items';
import { exampleMails } from '@plumbline/alerts/example-mails';
import type { MailInput } from '@plumbline/alerts/mail';
import { renderMail } from '@plumbline/alerts/mail';
import { toMime } from '@plumbline/alerts/email/mime';
import { plain } from '@plumbline/alerts/text';
import { toInstant } from '@plumbline/core/zone';
import { decodeWords, readHeaders } from '@plumbline/local/raw-mail';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlOf, textOf } from './support.ts';

/** Gmail shows no more of a mail's HTML. */
const CLIPPED_AT = 102_000;

const ATTACKS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</td></table></body><a href="https://evil.example">',
  '</style><style>*{display:none}',
  '<!-- ',
  '&lt;b&gt;&#x3c;',
  'javascript:alert(1)',
  '\r\nBcc: evil@example.com\r\n\r\n<b>body</b>',
  '=?UTF-8?Q?=0D=0ABcc:_evil@example.com?=',
  '" <evil@example.com>, "',
  '\u202Egnp.exe\u2066',
  '\u0000\u0007\u001B[2J\u0085\u2028\u200B',
  '\uD800',
  ' ',
];
const outside = fc
  .array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: 'binary', maxLength: 30 })), { maxLength: 5 })
  .map((parts) => parts.join(''));

const FIELDS = [
  'workspace', 'dri', 'responsible', 'says', 'target', 'detail', 'risk', 'mitigation', 'metric', 'when', 'forecastFor',
  'from', 'errorBudget', 'go', 'title', 'about', 'section', 'empty', 'word', 'rowSays', 'note', 'rowTarget', 'actual',
  'rowDri', 'standIn', 'reason', 'expected',
] as const; // prettier-ignore
type Strings = Record<(typeof FIELDS)[number], string>;
const strings: fc.Arbitrary<Strings> = fc.record(
  Object.fromEntries(FIELDS.map((field) => [field, outside])) as Record<keyof Strings, typeof outside>,
);

/** Words that could do no harm, where there are any. */
const harmless = (all: Strings): Strings => {
  const one = (text: string): string => (text === '' ? '' : plain(text) === '' ? ' ' : 'x');
  return Object.fromEntries(FIELDS.map((field) => [field, one(all[field])])) as Strings;
};

/** A mail with everything that a mail can hold, where all that others may write is in these strings. */
function mailOf(all: Strings): MailInput {
  const { hypothesis } = exampleDecisionItem().transition;
  const digest = exampleDigest('ceo');
  const [section] = digest.sheet.sections;
  const [row] = section?.rows ?? [];
  if (!hypothesis || !section || !row) throw new Error('the examples hold no hypothesis and no row');
  const { says, target, detail, risk, mitigation } = all;
  const outer = { metricTitle: all.metric, when: all.when, responsible: all.responsible, forecastFor: all.forecastFor };
  const item = { ...outer, numberCameFrom: all.from, errorBudget: all.errorBudget, series: [] };
  const forecast = { value: 3, low: 2, high: 4 };
  return {
    workspace: { id: 'w', name: all.workspace, demo: true },
    night: exampleMails.missed.night,
    dri: { id: 'd', title: all.dri, email: 'd@example.com' },
    standsInFor: [{ dri: 'e', title: all.standIn, email: 'e@example.com', why: 'bounced', reason: all.reason }],
    items: [
      exampleItem({ says, target, detail, risk, mitigation, forecast }, item),
      exampleItem({ kind: 'stale', says, target, detail, risk, mitigation, value: null, gap: null }, item),
      exampleItem(
        { kind: 'source_failed', indicator: `source:${all.metric}`, detail, says: '', target: '' },
        { ...item, links: {} },
      ),
      {
        ...exampleDecisionItem({ says, target, hypothesis: { ...hypothesis, go: all.go, to: all.expected } }),
        ...item,
      },
    ],
    digest: {
      ...digest,
      sheet: {
        ...digest.sheet,
        title: all.title,
        about: all.about,
        sections: [
          {
            ...section,
            title: all.section,
            actual: all.word,
            rows: [
              {
                ...row,
                word: all.word,
                says: all.rowSays,
                note: all.note,
                target: all.rowTarget,
                actual: all.actual,
                dri: all.rowDri,
              },
            ],
          },
          { ...section, rows: [], more: 0, empty: all.empty },
        ],
      },
    },
    dashboardUrl: 'https://plumbline.acme.example/#w',
  };
}

const TAG = /<(!doctype|\/?[a-z][a-z0-9]*)((?:\s+[a-z][a-z-]*(?:="[^"<>]*")?)*)\s*>/g;
const ENTITY = /&(?:amp|lt|gt|quot|#39|nbsp|middot|#9679);/g;

/** Every element with its attributes by name, addresses with their values; what is between must be nothing but text. */
function skeletonOf(html: string): string[] {
  const [before = '', after = '', ...more] = html.split(/<style>[\s\S]*?<\/style>/);
  expect(more).toEqual([]);
  const body = `${before}${after}`;
  const between = body.replaceAll(TAG, '').replaceAll(ENTITY, '');
  expect(between).not.toMatch(/[<>"'&]/);
  expect(between.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
  return [...body.matchAll(TAG)].map(([, name = '', attributes = '']) => {
    const named = [...attributes.matchAll(/\s+([a-z-]+)(?:="([^"]*)")?/g)];
    return `${name} ${named.map(([, key, value]) => (key === 'href' || key === 'src' ? `${key}=${value}` : key)).join(' ')}`;
  });
}

async function sent(all: Strings) {
  const mail = await renderMail(mailOf(all));
  const message = { ...mail, id: 'mail_w_2026-02-13_d', at: toInstant('2026-02-14T01:05:00Z') };
  const to = { name: all.dri, email: 'd@example.com' };
  const raw = await toMime({ ...message, to }, 'Plumbline <plumbline@acme.example>');
  return { mail, raw };
}

describe('whatever others have written', () => {
  it('is text in a mail’s HTML, and never an element, an attribute or an address', async () => {
    await fc.assert(
      fc.asyncProperty(strings, async (all) => {
        const skeleton = skeletonOf((await renderMail(mailOf(all))).html);
        expect(skeleton).toEqual(skeletonOf((await renderMail(mailOf(harmless(all)))).html));
        expect(skeleton.length).toBeGreaterThan(150);
      }),
      { numRuns: 150 },
    );
  });

  it('stays on the line of the text where it belongs', async () => {
    await fc.assert(
      fc.asyncProperty(strings, async (all) => {
        const { text } = await renderMail(mailOf(all));
        const twin = await renderMail(mailOf(harmless(all)));
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
        // An underline of a title is as long as the title; otherwise the lines are the same in number.
        expect(text.split('\n')).toHaveLength(twin.text.split('\n').length);
      }),
      { numRuns: 150 },
    );
  });

  it('adds no header, no receiver and no part to the mail that travels', async () => {
    await fc.assert(
      fc.asyncProperty(strings, async (all) => {
        const { mail, raw } = await sent(all);
        const message = raw.toString();
        const head = message.slice(0, message.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
        expect(head.split('\r\n').map((line) => line.replace(/:.*/s, ''))).toEqual([
          'X-Plumbline-Mail',
          'Auto-Submitted',
          'List-Unsubscribe',
          'List-Unsubscribe-Post',
          'From',
          'To',
          'Subject',
          'Message-ID',
          'Date',
          'MIME-Version',
          'Content-Type',
        ]);
        const headers = readHeaders(raw);
        // Beside the one address there is at most a name: an atom, quoted, or encoded.
        const receiver = (headers.get('to') ?? '').replaceAll(/"(?:[^"\\]|\\.)*"|=\?UTF-8\?[QB]\?[^?\s]*\?=/gi, '');
        expect(receiver.trim()).toMatch(/^(?:[\w !#$%&'*+/=?^`{|}~-]*<d@example\.com>|d@example\.com)$/);
        expect(decodeWords(headers.get('subject') ?? '')).toBe(plain(mail.subject));
        expect([...message.matchAll(/^Content-Type: ([^;\r]+)/gm)].map(([, type]) => type)).toEqual([
          'multipart/alternative',
          'text/plain',
          'text/html',
        ]);
        const read = { file: '', head, raw: message };
        expect(textOf(read).replaceAll('\r\n', '\n').trimEnd()).toBe(mail.text.trimEnd());
        expect(htmlOf(read).replaceAll('\r\n', '\n').trimEnd()).toBe(mail.html.trimEnd());
      }),
      { numRuns: 100 },
    );
  });
});

describe('a mail about very much', () => {
  const long = (text: string) => `${text} `.repeat(40);
  const items = (count: number, words: (text: string) => string) =>
    Array.from({ length: count }, (_, index) =>
      exampleItem(
        { id: `trn_${index}`, risk: words('“Risk” & reason'), mitigation: words('Talk <again>'), says: words('NPS') },
        { when: `by Week ${index}`, series: index < 8 ? exampleItem().series : [] },
      ),
    );
  const rows = Array.from({ length: 22 }, () => exampleDigest('ceo').sheet.sections[1]?.rows ?? []).flat();
  const big = exampleDigest('ceo');
  const digest = {
    ...big,
    sheet: { ...big.sheet, sections: big.sheet.sections.slice(0, 1).map((one) => ({ ...one, rows })) },
  };

  it.each([
    [9, String, undefined],
    [98, String, undefined],
    [98, long, undefined],
    [98, long, digest],
  ] as const)('of %i is cut off by no program, and leaves nothing out', async (count, words, withDigest) => {
    const mail = await renderMail({ ...exampleMails.missed, items: items(count, words), digest: withDigest });
    const { html, text } = mail;
    expect(Buffer.byteLength(html)).toBeLessThan(CLIPPED_AT);
    expect(html.endsWith('</html>\n')).toBe(true);
    const named = Array.from({ length: count }, (_, index) => html.includes(`>NPS by Week ${index}<`));
    expect(named.filter(Boolean)).toHaveLength(count);
    expect(text.match(/^\[Missed\] NPS by Week \d+$/gm)).toHaveLength(count);
    const cards = html.match(/<a class="button"/g)?.length ?? 0;
    expect(html.includes(`${count - cards} more, in short`)).toBe(cards < count);
    expect(mail.attachments).toHaveLength(Math.min(8, cards));
  });

  it('says how many more there are where not even a line each has room', async () => {
    const words = (text: string) => `${'&'.repeat(150)} ${text}`;
    const all = items(98, String).map((item) => ({ ...item, metricTitle: words(item.metricTitle) }));
    const { html } = await renderMail({ ...exampleMails.missed, items: all });
    const lines = html.match(/>Missed<\/span> <a class="link"/g)?.length ?? 0;
    const left = Number(/and (\d+) that the dashboard shows/.exec(html)?.[1]);
    expect(Buffer.byteLength(html)).toBeLessThan(CLIPPED_AT);
    expect(lines + left).toBe(98);
    expect(html).toContain('98 more, in short');
  });
});
