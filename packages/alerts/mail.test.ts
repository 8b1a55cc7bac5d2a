import { describe, expect, test } from 'vitest';
import { exampleDecisionItem, exampleItem } from './example-items.ts';
import { exampleMails } from './example-mails.ts';
import type { MailInput } from './mail.ts';
import { noticesOf } from './mail-words.ts';
import { renderMail } from './mail.ts';

const one = (...item: Parameters<typeof exampleItem>): MailInput => ({
  ...exampleMails.missed,
  items: [exampleItem(...item)],
});

const subjectOf = async (input: MailInput) => (await renderMail(input)).subject;

describe('the subject', () => {
  test('of one miss names value, target, deadline and gap', async () => {
    expect(await subjectOf(exampleMails.missed)).toBe('[Missed] NPS 36 vs > 40 by Week 6 (−4) · Bakhmach Business Hub');
  });

  test('of several counts them, worst first, and names the night', async () => {
    expect(await subjectOf(exampleMails.several)).toBe(
      '[1 missed, 1 corrected, 1 at risk, 1 source failed, 1 met] Bakhmach Business Hub · 2026-02-13',
    );
    const items = [exampleItem({ kind: 'at_risk' }), exampleItem(), exampleItem({ id: 'trn_2' })];
    expect(await subjectOf({ ...exampleMails.missed, items })).toBe(
      '[2 missed, 1 at risk] Bakhmach Business Hub · 2026-02-13',
    );
    const failed = ['stripe', 'ga4'].map((source) =>
      exampleItem({ id: `trn_${source}`, kind: 'source_failed', indicator: `source:${source}` }),
    );
    expect(await subjectOf({ ...exampleMails.missed, items: failed })).toBe(
      '[2 sources failed] Bakhmach Business Hub · 2026-02-13',
    );
  });

  test.each([
    [{ kind: 'met', to: 'met', value: 43, gap: 3 }, '[Met] NPS 43 vs > 40 by Week 6 (+3) · Bakhmach Business Hub'],
    [
      { kind: 'missed', value: 742_050, gap: -257_950, unit: 'USD', target: '>= $10K' },
      '[Missed] NPS $7,420.50 vs ≥ $10K by Week 6 (−$2,579.50) · Bakhmach Business Hub',
    ],
    [{ kind: 'met', value: 40, gap: 0, target: '>= 40' }, '[Met] NPS 40 vs ≥ 40 by Week 6 (0) · Bakhmach Business Hub'],
    [{ kind: 'stale', value: null, gap: null }, '[Stale] NPS vs > 40 by Week 6 · Bakhmach Business Hub'],
    [{ kind: 'reminder' }, '[Still missed] NPS 36 vs > 40 by Week 6 (−4) · Bakhmach Business Hub'],
    [{ kind: 'source_failed', indicator: 'source:stripe' }, '[Source failed] stripe · Bakhmach Business Hub'],
  ] as const)('of %o', async (changes, subject) => {
    expect(await subjectOf(one(changes, { series: [] }))).toBe(subject);
  });
});

describe('a mail about a hypothesis', () => {
  const of = (...changes: Parameters<typeof exampleDecisionItem>): MailInput => ({
    ...exampleMails['decided-go'],
    items: [exampleDecisionItem(...changes)],
  });

  test.each([
    [{ to: 'go', value: 46.1 }, '[Go] DAU/MAU 46.1% vs go > 45%, pivot < 42% after 14 days · CodeMentor AI'],
    [{ to: 'pivot', value: 41 }, '[Pivot] DAU/MAU 41% vs go > 45%, pivot < 42% after 14 days · CodeMentor AI'],
    [{}, '[Inconclusive] DAU/MAU 43.2% vs go > 45%, pivot < 42% after 14 days · CodeMentor AI'],
    [
      { kind: 'corrected', from: 'go', to: 'pivot', value: 41 },
      '[Corrected to pivot] DAU/MAU 41% vs go > 45%, pivot < 42% after 14 days · CodeMentor AI',
    ],
    [
      { kind: 'stale', to: 'stale', value: null },
      '[Stale] DAU/MAU vs go > 45%, pivot < 42% after 14 days · CodeMentor AI',
    ],
  ] as const)('that says %o has it in its subject', async (changes, subject) => {
    expect(await subjectOf(of(changes))).toBe(subject);
  });

  test('says what the outcome means, and of a correction what was said before', async () => {
    const sentenceOf = async (...changes: Parameters<typeof of>) =>
      (await renderMail(of(...changes))).text.split('\n').find((line) => /^(Decided|A later)/.test(line));
    expect(await sentenceOf({ to: 'go' })).toBe(
      'Decided on its last day, 2026-02-12: the value is what the plan calls a go.',
    );
    expect(await sentenceOf({ to: 'pivot' })).toBe(
      'Decided on its last day, 2026-02-12: the value is where the plan calls for a pivot.',
    );
    expect(await sentenceOf({ kind: 'corrected', from: 'go', to: 'pivot' })).toBe(
      'A later revision of the numbers changed the decision of 2026-02-12 from go to pivot.',
    );
  });

  test('offers nothing to acknowledge or snooze, and is counted with the rest', async () => {
    const corrected = exampleDecisionItem({ kind: 'corrected', from: 'go', to: 'pivot' });
    const mail = await renderMail({
      ...exampleMails['decided-go'],
      items: [exampleItem(), corrected, exampleDecisionItem()],
    });
    expect(mail.subject).toBe('[1 missed, 1 corrected, 1 decided] CodeMentor AI · 2026-02-13');
    expect(mail.text.match(/^(Acknowledge|Snooze|See the hypothesis):/gm)).toEqual([
      'Acknowledge:',
      'Snooze:',
      'See the hypothesis:',
      'See the hypothesis:',
    ]);
  });
});

describe('outside strings', () => {
  const hostile = '<script>alert(1)</script>\r\nBcc: evil@example.com\u202E"\'&\u0007';
  const plain = '<script>alert(1)</script> Bcc: evil@example.com"\'&';
  const escaped = '&lt;script&gt;alert(1)&lt;/script&gt; Bcc: evil@example.com&quot;&#39;&amp;';
  const input: MailInput = {
    ...exampleMails.missed,
    workspace: { id: 'w', name: hostile, demo: false },
    dri: { id: 'd', title: hostile, email: 'd@example.com' },
    items: [
      exampleItem(
        { says: hostile, target: hostile, risk: hostile, mitigation: hostile, detail: hostile },
        {
          metricTitle: hostile,
          when: hostile,
          numberCameFrom: hostile,
          links: { acknowledge: 'http://x/?"><script>', indicator: hostile },
        },
      ),
    ],
    dashboardUrl: 'http://x/"onload="',
  };

  test('never enter the HTML unescaped', async () => {
    const { html, attachments } = await renderMail(input);
    expect(['<script', 'onload="', '\u202E', '\u0007', '\r'].filter((bad) => html.includes(bad))).toEqual([]);
    expect(html).toContain(
      `<h1 class="ink" style="margin:0;font-size:17px;line-height:24px;font-weight:700;color:#171a1f">${escaped}</h1>`,
    );
    expect(html).toContain('href="http://x/?&quot;&gt;&lt;script&gt;"');
    expect(attachments.map(({ cid, filename }) => ({ cid, filename }))).toEqual([
      { cid: 'picture-1@plumbline', filename: 'picture-1.png' },
    ]);
  });

  test('stay on their own line in the subject and in the text', async () => {
    const { subject, text } = await renderMail(input);
    expect(subject).toBe(`[Missed] ${plain} 36 vs ${plain} ${plain} (−4) · ${plain}`);
    expect(text.split('\n').filter((line) => /^\s*Bcc/.test(line))).toEqual([]);
    expect(text).toContain(`Risk: ${plain}\nThe plan’s mitigation: ${plain}\n`);
  });
});

test('a mail in place of a refused one says whose address it was, plainly', async () => {
  const refused = {
    dri: 'vp',
    title: 'VP <Product>',
    email: 'vp@gone.example',
    why: 'refused',
    reason: '550',
  } as const;
  const { html, text, subject } = await renderMail({ ...exampleMails.missed, standsInFor: [refused] });
  const notice =
    'vp@gone.example, was refused, so you get this mail in their place. Correct the address in workspace.yaml.';
  expect(text).toContain(`\n\nThe address of VP <Product>, ${notice}\n\n`);
  expect(html).toContain(`>The address of VP &lt;Product&gt;, ${notice}<`);
  expect(subject).toBe((await renderMail(exampleMails.missed)).subject);
});

test('news of people whom mails don’t reach come with why that is and what to do', () => {
  const stand = { dri: 'vp', title: 'VP', email: 'vp@gone.example', reason: '550 5.1.1\nuser unknown' };
  const whys = ['bounced', 'suppressed', 'complained', 'undelivered'] as const;
  const standsInFor = whys.map((why) => ({ ...stand, why }));
  const cure =
    'so you get what is for them. Correct the address in workspace.yaml or, where it works as it is, run: npx plumbline reach --workspace bakhmach vp';
  expect(noticesOf({ ...exampleMails.missed, standsInFor })).toEqual([
    `Mails to VP, vp@gone.example, come back (550 5.1.1 user unknown), ${cure}`,
    `The mail service sends nothing to VP, vp@gone.example, any more (550 5.1.1 user unknown), ${cure}`,
    `A mail to VP, vp@gone.example, was marked as spam, ${cure}`,
    'This did not get through to VP, vp@gone.example (550 5.1.1 user unknown), so you get it in their place.',
  ]);
});

test('the text part says what the HTML says', async () => {
  const { html, text } = await renderMail(exampleMails.several);
  const seen = html
    .replaceAll(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
  const said = text
    .split('\n')
    .flatMap((line) => /^(?:Risk|Forecast|Pace[^:]*|The plan’s mitigation|Number from): (.*)$/.exec(line)?.[1] ?? []);
  expect(said).toHaveLength(9);
  for (const words of said) expect(seen).toContain(words);
});

describe('a digest', () => {
  const { digest } = exampleMails['digest-with-alerts'];
  const hostile = '<i>x</i>\r\nBcc: evil@example.com';
  const [section] = digest?.sheet.sections ?? [];
  const [row] = section?.rows ?? [];

  test('gives the mail its subject, comes behind the items, and needs none', async () => {
    const { text, subject } = await renderMail(exampleMails['digest-with-alerts']);
    expect(subject).toBe('[Weekly review] Bakhmach Business Hub · Friday 2026-02-13: 1 missed, 1 at risk, 1 due next');
    expect(text.indexOf('[Missed] NPS by Week 6\n')).toBeLessThan(text.indexOf('Since Friday 2026-02-06\n'));
    const alone = await renderMail({ ...exampleMails['digest-with-alerts'], items: [] });
    expect(alone.text).toContain('Weekly review on Friday 2026-02-13, night of 2026-02-13: nothing else is new\n');
    expect(alone.attachments).toEqual([]);
  });

  test('never lets outside strings in as markup or as lines', async () => {
    if (!digest || !section || !row) throw new Error('the example has no row');
    const bad = { ...row, says: hostile, note: hostile, target: hostile, actual: hostile, dri: hostile, word: hostile };
    const sheet = { ...digest.sheet, title: hostile, sections: [{ ...section, title: hostile, rows: [bad] }] };
    const { html, text, subject } = await renderMail({
      ...exampleMails['digest-with-alerts'],
      digest: { ...digest, sheet },
    });
    expect(html).not.toContain('<i>');
    expect(text.split('\n').filter((line) => /^\s*Bcc/.test(line))).toEqual([]);
    expect(subject).toMatch(/^\[<i>x<\/i> Bcc: evil@example.com\] /);
  });
});

test('only what is still open can be acknowledged or snoozed', async () => {
  const linksIn = async (changes: Parameters<typeof exampleItem>[0]) =>
    [...(await renderMail(one(changes))).text.matchAll(/^(Acknowledge|Snooze|See [a-z ]+):/gm)].map(
      (match) => match[1],
    );
  const look = ['See the indicator', 'See the evidence'];
  expect(await linksIn({})).toEqual(['Acknowledge', 'Snooze', ...look]);
  expect(await linksIn({ kind: 'at_risk', to: 'at_risk' })).toEqual(['Acknowledge', 'Snooze', ...look]);
  expect(await linksIn({ kind: 'met', to: 'met' })).toEqual(look);
  expect(await linksIn({ kind: 'corrected', from: 'missed', to: 'met' })).toEqual(look);
  expect(await linksIn({ kind: 'corrected', from: 'met', to: 'missed' })).toEqual(['Acknowledge', 'Snooze', ...look]);
});

test('a miss that a correction takes back is good news, with nothing to answer', async () => {
  const { html, text } = await renderMail(one({ kind: 'corrected', from: 'missed', to: 'on_track' }));
  expect(text).toContain('changed the verdict of 2026-02-12 from missed to on track.');
  expect(text).not.toMatch(/^(Acknowledge|Snooze):/m);
  expect(html).toMatch(/<span class="good on-good"[^>]*>Corrected</);
});

test('a long mail keeps all its items but only eight pictures', async () => {
  const items = Array.from({ length: 12 }, (_, index) => exampleItem({ id: `trn_${index}` }));
  const mail = await renderMail({ ...exampleMails.missed, items });
  expect(mail.attachments).toHaveLength(8);
  expect(mail.text.match(/^\[Missed\] NPS by Week 6$/gm)).toHaveLength(12);
});
