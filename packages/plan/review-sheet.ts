import type { Day } from '@plumbline/core/day';
import { weekday } from '@plumbline/core/day';
import type { Sheet, SheetRow, SheetSection } from '@plumbline/core/sheet';
import type { HypothesisStatus } from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';
import { between, estimate, format, signed } from '@plumbline/core/unit';
import type { Badge } from '@plumbline/core/words';
import { capital, DECISION_BADGES, shortDay, STATUS_BADGES } from '@plumbline/core/words';
import { budgetLeft } from './error-budget.ts';
import type { Answer, ChangeKind, Digest, DigestChange, DigestDecision, DigestRow } from './review-digest.ts';
import { nameOf } from './review-meetings.ts';
import { boundsOf, titleOfDri } from './words.ts';

const CHANGES: Record<ChangeKind, Badge> = {
  ...STATUS_BADGES,
  corrected: { word: 'Corrected', tone: 'warn' },
};
const DECISIONS: Record<HypothesisStatus, Badge> = {
  ...DECISION_BADGES,
  running: { word: 'Decide', tone: 'calm' },
  not_due: { word: 'Decide', tone: 'quiet' },
};

/** Rows that leave room for all sections on one printed sheet, of A4 or Letter: the table has what the others leave of `all`. */
const MOST = { changes: 6, open: 3, due: 5, decisions: 3, all: 22 } as const;
/** Longer words are cut: they would push others off the sheet. */
const MOST_CHARACTERS = 110;

const brief = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1).trimEnd()}…` : text;

/** `19 Feb`, kept on one line. */
const unbrokenDay = (day: Day): string => shortDay(day).replace(' ', '\u00A0');

/** `Friday 2026-02-13`. */
const dated = (day: Day): string => `${capital(weekday(day))} ${day}`;

const shown = ({ value, unit }: { value: number | null; unit: Unit }): string =>
  value === null ? '–' : format(value, unit);

const REVIEW = ' review';

/** Several reviews that come with one mail share the sheet of the one that looks back furthest: `Monthly and weekly review`. */
export function titleOf(reviews: readonly { id: string }[]): string {
  const names = reviews.map(nameOf);
  const shared = names.length > 1 && names.every((name) => name.endsWith(REVIEW)) ? REVIEW : '';
  const parts = names.map((name, index) => {
    const part = name.slice(0, name.length - shared.length);
    return index === 0 ? part : `${part.slice(0, 1).toLowerCase()}${part.slice(1)}`;
  });
  return `${parts.join(' and ')}${shared}`;
}

/** A digest in words. `titles` are those of DRIs; `reviews` are all that it stands for. */
export function sheetOf(
  digest: Digest,
  titles: Readonly<Record<string, { title: string }>>,
  reviews: readonly { id: string }[] = [digest.meeting.review],
): Sheet {
  const { meeting, night } = digest;
  const titled = (dri: string): string => titleOfDri(titles, dri);
  const row = (line: DigestRow, mark: Badge, notes: readonly (string | false)[]): SheetRow => ({
    ...mark,
    says: brief(line.says),
    note: [...notes, line.errorBudget && `error budget: ${budgetLeft(line.errorBudget)}`].filter(Boolean).join(' · '),
    target: line.target,
    actual: shown(line),
    dri: titled(line.dri),
    indicator: line.indicator,
  });
  const named = ({ metric, when }: DigestRow): string => `${metric} ${when}`;
  const sections: (SheetSection | false)[] = [
    {
      id: 'changes',
      title: meeting.previous === null ? 'Since the plan began' : `Since ${dated(meeting.previous)}`,
      actual: 'Value',
      ...cut(digest.changes, MOST.changes, (line) =>
        row(line, CHANGES[line.kind], [named(line), correction(line), outlook(line), answered(line.answer)]),
      ),
      empty: 'Nothing was decided, and nothing has come to be at risk.',
    },
    digest.open.length > 0 && {
      id: 'open',
      title: 'Still missed from before',
      actual: 'Value',
      ...cut(digest.open, MOST.open, (line) =>
        row(line, STATUS_BADGES.missed, [
          named(line),
          line.gap !== null && signed(line.gap, line.unit),
          answered(line.answer),
        ]),
      ),
      empty: '',
    },
    {
      id: 'due',
      title: meeting.next ? `Due before ${dated(meeting.next.day)}` : 'Due until the end of the plan',
      actual: 'Now',
      ...cut(digest.due, MOST.due, (line) =>
        row(line, standing(line, night), [
          named(line),
          unbrokenDay(line.deadline),
          line.missing === null ? outlook(line) : `missing: ${line.missing}`,
        ]),
      ),
      empty: 'Nothing.',
    },
    ...decisions(digest, titled),
  ];
  const before = sections.filter((section) => section !== false);
  const left = MOST.all - before.reduce((sum, { rows }) => sum + rows.length, 0);
  const table: SheetSection = {
    id: 'table',
    title: `${weeksOf(digest)}: the plan against what is`,
    actual: 'Actual',
    ...cut(digest.table, left, (line) => row(line, standing(line, night), [line.metric])),
    empty: 'The plan judges nothing in this time.',
  };
  return {
    title: titleOf(reviews),
    day: dated(meeting.day),
    time: meeting.review.at,
    about: `${dated(meeting.from)} to ${dated(meeting.night)}${night === meeting.night ? '' : night === null ? ', before the first night' : `, so far: as of ${night}`}`,
    counts: countsOf(digest),
    sections: [...before, table],
  };
}

/** A verdict that is due and can't be given is on no track. */
const standing = ({ status, missing, deadline }: DigestRow, night: Day | null): Badge =>
  missing !== null && night !== null && deadline <= night ? { word: 'No value', tone: 'quiet' } : STATUS_BADGES[status];

function cut<Line>(lines: readonly Line[], most: number, rowOf: (line: Line) => SheetRow) {
  return { rows: lines.slice(0, most).map(rowOf), more: Math.max(0, lines.length - most) };
}

const correction = ({ kind, from, status }: DigestChange): string | false =>
  kind === 'corrected' && `was ${from.replaceAll('_', ' ')}, is ${status.replaceAll('_', ' ')}`;

/** What is to be expected, to three figures, and what it would still take; of what is decided by how much. */
function outlook({ forecast, requiredPace, gap, unit, status }: DigestRow): string | false {
  if (status !== 'at_risk' && status !== 'on_track') return gap !== null && gap !== 0 && signed(gap, unit);
  const heading = forecast && `heading for ${estimate(forecast.value, unit)} (${between(forecast, unit)})`;
  const pace =
    requiredPace !== null &&
    (requiredPace === 0 ? 'there already' : `needs ${signed(requiredPace, unit, estimate)} a day`);
  return [heading, pace].filter(Boolean).join(', ');
}

function answered(answer: Answer | null): string | false {
  if (answer === null) return false;
  const until = answer.until === undefined ? '' : ` until ${unbrokenDay(answer.until)}`;
  return `${answer.kind}${until}${answer.reason === '' ? '' : `: ${brief(answer.reason)}`}`;
}

function weeksOf({ weeks: { first, last } }: Digest): string {
  return first === last ? `Week ${first}` : `Weeks ${first} to ${last}`;
}

function decisions(digest: Digest, titled: (dri: string) => string): SheetSection[] {
  const hypotheses = [...digest.decided, ...digest.toDecide].map((one) => decisionRow(one, titled));
  const misses = unansweredRow(digest.unanswered, titled);
  // The misses are one row of their own, whatever has to be left out.
  const { rows, more } = cut(hypotheses, MOST.decisions - misses.length, (one) => one);
  if (rows.length + misses.length === 0) return [];
  return [{ id: 'decisions', title: 'To decide', actual: 'Value', rows: [...misses, ...rows], more, empty: '' }];
}

const decisionRow = (one: DigestDecision, titled: (dri: string) => string): SheetRow => ({
  ...DECISIONS[one.status],
  says: brief(one.says),
  note: `${one.metric} · ${one.status === 'running' || one.status === 'not_due' ? 'runs until' : 'ended on'} ${unbrokenDay(one.deadline)}`,
  target: boundsOf(one),
  actual: shown(one),
  dri: titled(one.dri),
  indicator: null,
});

const NAMED = 3;

function unansweredRow(misses: readonly DigestRow[], titled: (dri: string) => string): SheetRow[] {
  if (misses.length === 0) return [];
  const names = misses.slice(0, NAMED).map(({ says }) => `“${brief(says)}”`);
  const more = misses.length > NAMED ? [`and ${misses.length - NAMED} more`] : [];
  const dris = [...new Set(misses.map(({ dri }) => titled(dri)))];
  return [
    {
      word: 'Answer',
      tone: 'bad',
      says:
        misses.length === 1 ? 'A miss that nobody has answered' : `${misses.length} misses that nobody has answered`,
      note: [...names, ...more].join(', '),
      target: '',
      actual: '',
      dri: dris.length > NAMED ? `${dris.slice(0, NAMED).join(', ')} …` : dris.join(', '),
      indicator: null,
    },
  ];
}

/** `2 missed, 1 at risk, 5 due next`: missed and met since the last meeting, at risk now. */
export function countsOf({ counts: { missed, atRisk, met, due } }: Digest): string {
  const counts = [
    [missed, 'missed'],
    [atRisk, 'at risk'],
    [met, 'met'],
    [due, 'due next'],
  ] as const;
  return counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ') || 'nothing new';
}
