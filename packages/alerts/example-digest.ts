import type { SheetRow } from '@plumbline/core/sheet';
import type { MailDigest } from './digest.ts';
import { ORIGIN } from './example-items.ts';

const row = (changes: Partial<SheetRow> = {}): SheetRow => ({
  word: 'Missed',
  tone: 'bad',
  says: 'NPS >40 by Week 6',
  note: 'NPS by Week 6 · −4',
  target: '> 40',
  actual: '36',
  dri: 'VP Product',
  indicator: 'nps-by-week-6',
  ...changes,
});

const mrr = row({
  word: 'At risk',
  tone: 'warn',
  says: '$10-15K MRR by Week 8',
  note: 'MRR by Week 8 · 26 Feb · heading for $8,810 ($8,320 to $9,300), needs +$198 a day',
  target: '$10K..15K',
  actual: '$7,420.50',
  dri: 'CEO',
  indicator: 'mrr-week-8',
});

const uptime = row({
  word: 'On track',
  tone: 'calm',
  says: '99.5% uptime maintained',
  note: 'Uptime · error budget: 507.4 of 554.4 min left',
  target: '>= 99.5%',
  actual: '99.95%',
  dri: 'CTO',
  indicator: 'uptime-maintained',
});

/** A weekly review's digest on its way to one of those who meet. */
export const exampleDigest = (dri: string): MailDigest => ({
  sheet: {
    title: 'Weekly review',
    day: 'Friday 2026-02-13',
    time: '16:00',
    about: 'Friday 2026-02-06 to Thursday 2026-02-12',
    counts: '1 missed, 1 at risk, 1 due next',
    sections: [
      { id: 'changes', title: 'Since Friday 2026-02-06', actual: 'Value', rows: [row()], more: 3, empty: '' },
      { id: 'due', title: 'Due before Friday 2026-02-20', actual: 'Now', rows: [mrr], more: 0, empty: '' },
      {
        id: 'decisions',
        title: 'To decide',
        actual: 'Value',
        rows: [
          row({
            word: 'Answer',
            says: 'A miss that nobody has answered',
            note: '“NPS >40 by Week 6”',
            target: '',
            actual: '',
            indicator: null,
          }),
        ],
        more: 0,
        empty: '',
      },
      {
        id: 'table',
        title: 'Week 6: the plan against what is',
        actual: 'Actual',
        rows: [row({ note: 'NPS' }), uptime],
        more: 0,
        empty: '',
      },
    ],
  },
  page: `${ORIGIN}/reviews/bakhmach/weekly/2026-02-13`,
  dashboard: `${ORIGIN}/#bakhmach`,
  unsubscribe: `${ORIGIN}/digests?token=digests-${dri}`,
});
