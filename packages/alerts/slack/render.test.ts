import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { News } from '../channel.ts';
import { renderNews } from './render.ts';

const news = (changes: Partial<News> = {}): News => ({
  id: 'slack_bakhmach_2026-02-13',
  headline: 'Bakhmach Business Hub · night of 2026-02-13: 1 missed, 1 met',
  groups: [
    {
      who: 'VP Product',
      items: [
        {
          line: '[Missed] NPS 36 vs > 40 by Week 6 (−4)',
          note: 'Decided on the value of 2026-02-12.',
          href: 'http://127.0.0.1:4180/#bakhmach/nps-by-week-6',
        },
      ],
    },
    { who: 'CEO', items: [{ line: '[Met] MRR $591 vs ≥ $500 by Week 1 (+$91)', note: '', href: '' }] },
  ],
  digests: [
    { line: 'Weekly review on 2026-02-13', note: '', href: 'http://127.0.0.1:4180/reviews/bakhmach/weekly/2026-02-13' },
  ],
  dashboardUrl: 'http://127.0.0.1:4180/#bakhmach',
  ...changes,
});

type Shown = ReturnType<typeof renderNews>['blocks'][number];
const textsOf = (blocks: readonly Shown[]): string[] =>
  blocks.flatMap((block) => ('text' in block ? [block.text.text] : block.elements.map(({ text }) => text)));

describe("a night's news in Slack", () => {
  it('says by person what happened, worst first as it is given, and where to look', () => {
    const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });
    expect(renderNews(news())).toEqual({
      text: 'Bakhmach Business Hub · night of 2026-02-13: 1 missed, 1 met',
      blocks: [
        {
          type: 'header',
          text: {
            type: 'plain_text',
            text: 'Bakhmach Business Hub · night of 2026-02-13: 1 missed, 1 met',
            emoji: false,
          },
        },
        section(
          '*VP Product*\n• <http://127.0.0.1:4180/#bakhmach/nps-by-week-6|[Missed] NPS 36 vs &gt; 40 by Week 6 (−4)>\n   Decided on the value of 2026-02-12.',
        ),
        section('*CEO*\n• [Met] MRR $591 vs ≥ $500 by Week 1 (+$91)'),
        section('*Digests*\n• <http://127.0.0.1:4180/reviews/bakhmach/weekly/2026-02-13|Weekly review on 2026-02-13>'),
        {
          type: 'context',
          elements: [{ type: 'mrkdwn', text: '<http://127.0.0.1:4180/#bakhmach|the dashboard>', verbatim: true }],
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    });
  });

  it('keeps every limit of Slack, however much there is, and says how much it left out', () => {
    const item = fc.record({
      line: fc.string({ unit: 'grapheme', maxLength: 1500 }),
      note: fc.string({ maxLength: 1500 }),
      href: fc.constantFrom('', 'http://127.0.0.1:4180/#acme/nps'),
    });
    const groups = fc.array(
      fc.record({ who: fc.string({ maxLength: 400 }), items: fc.array(item, { minLength: 1, maxLength: 40 }) }),
      {
        maxLength: 70,
      },
    );
    fc.assert(
      fc.property(groups, fc.string({ maxLength: 900 }), (some, headline) => {
        const { blocks, text } = renderNews(news({ groups: some, headline, digests: [] }));
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(text.length).toBeLessThanOrEqual(3000);
        for (const block of blocks) {
          if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3000);
          if (block.type === 'header') expect(Array.from(block.text.text).length).toBeLessThanOrEqual(150);
        }
        expect(textsOf(blocks).join('').length).toBeLessThan(13_000);
        const shown = textsOf(blocks)
          .slice(1, -1)
          .flatMap((one) => one.split('\n').filter((line) => line.startsWith('• '))).length;
        const left = Number(/^and (\d+) more/.exec(textsOf(blocks).at(-1) ?? '')?.[1] ?? 0);
        expect(shown + left).toBe(some.reduce((sum, { items }) => sum + items.length, 0));
      }),
      { numRuns: 60 },
    );
  });

  it('lets no outside text speak to Slack: no mention, no link, no line of its own', () => {
    const hostile = '<!channel> <https://evil.example|click> & @here\n*\u202E\u0007';
    const { blocks, text } = renderNews(
      news({
        headline: hostile,
        groups: [{ who: hostile, items: [{ line: hostile, note: hostile, href: 'http://127.0.0.1/#a|b>c' }] }],
        digests: [],
      }),
    );
    const safe = '&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; @here *';
    expect(text).toBe(safe);
    expect(textsOf(blocks).slice(1)).toEqual([
      `*${safe}*\n• <http://127.0.0.1/#a%7Cb&gt;c|${safe}>\n   ${safe}`,
      '<http://127.0.0.1:4180/#bakhmach|the dashboard>',
    ]);
    expect(blocks[0]).toEqual({
      type: 'header',
      text: { type: 'plain_text', text: '<!channel> <https://evil.example|click> & @here *', emoji: false },
    });
  });
});
