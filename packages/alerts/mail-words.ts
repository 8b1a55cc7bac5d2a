import type { Transition, TransitionKind } from '@plumbline/core/status';
import { between, estimate, format, signed } from '@plumbline/core/unit';
import type { Tone } from '@plumbline/core/words';
import { counted, printed } from '@plumbline/core/words';
import { digestSubject } from './digest.ts';
import { HEARD_KINDS, labelOf, sourceIn, toneOf } from './kinds.ts';
import type { MailInput, MailItem, StandIn } from './mail.ts';
import { plain } from './text.ts';

/** One item of a mail in words, the same for its HTML and its text part. */
export type Words = {
  label: string;
  tone: Tone;
  title: string;
  says: string;
  value: string | null;
  target: string;
  /** What the value is held against, by name: a target, or of a hypothesis its two bounds. */
  bounds: { name: string; text: string }[];
  gap: string | null;
  sentence: string;
  facts: { name: string; text: string }[];
  cameFrom: string | null;
};

const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** `on track` for `on_track`. */
const spoken = (status: Transition['to']): string => status.replaceAll('_', ' ');

/** What happened, in a sentence. */
export function sentenceOf(transition: Transition): string {
  const { kind, day, from, to } = transition;
  const detail = plain(transition.detail ?? '');
  switch (kind) {
    case 'missed':
    case 'met':
      return `Decided on the value of ${day}.${detail && ` ${ended(detail)}`}`;
    case 'at_risk':
      return detail === '' ? 'On its present course it will miss.' : `Still at risk: ${ended(detail)}`;
    case 'reminder':
      return `Still missed${detail === '' ? ', and nobody has acknowledged or snoozed it.' : `: ${ended(detail)}`}`;
    case 'recovered':
      return `The target holds again, as of ${day}.`;
    case 'decided':
      return decided(transition);
    case 'corrected':
      return `A later revision of the numbers changed the ${transition.hypothesis ? 'decision' : 'verdict'} of ${day} from ${spoken(from)} to ${spoken(to)}.`;
    case 'stale':
      return `No verdict can be given: ${ended(detail || `the value of ${day} is missing`)}`;
    case 'source_failed':
      return `It did not come in on ${transition.night}, so its numbers of that night are missing: ${ended(detail || 'no reason was given')}`;
    default:
      return '';
  }
}

const MEANINGS: Partial<Record<Transition['to'], string>> = {
  go: 'the value is what the plan calls a go.',
  pivot: 'the value is where the plan calls for a pivot.',
  inconclusive: 'the value is neither a go nor a pivot, so the numbers leave it to you.',
};

const decided = ({ day, to }: Transition): string => `Decided on its last day, ${day}: ${MEANINGS[to] ?? to}`;

const AFTER_A_FAILURE =
  'Each night tries again and fetches what is missing. As long as it fails, no other mail says so; the dashboard does.';

/** What the plan expected of a hypothesis, and on which days. */
function expectations({ hypothesis }: Transition): { name: string; text: string }[] {
  if (!hypothesis) return [];
  const { from, to, start, end } = hypothesis;
  return [
    { name: 'The plan expects', text: plain(from === null ? to : `from ${from} to ${to}`) },
    { name: 'Tried', text: start === end ? start : `${start} to ${end}` },
  ];
}

function boundsOf({ hypothesis, target }: Transition): Words['bounds'] {
  if (!hypothesis) return target === '' ? [] : [{ name: 'Target', text: printed(plain(target)) }];
  return [
    { name: 'Go', text: printed(plain(hypothesis.go)) },
    { name: 'Pivot', text: printed(plain(hypothesis.pivot)) },
  ];
}

/** Words of one item; outside strings are made plain here, and escaped where they enter HTML. */
export function wordsOf(item: MailItem): Words {
  const { transition } = item;
  const { unit, value, gap, n, forecast, requiredPace } = transition;
  const source = sourceIn(transition.indicator);
  const facts = [
    requiredPace !== null &&
      requiredPace !== 0 && { name: 'Pace still needed', text: `${signed(requiredPace, unit, estimate)} a day` },
    forecast && {
      name: 'Forecast',
      text: `${estimate(forecast.value, unit)} ${plain(item.forecastFor)} (${between(forecast, unit)})`,
    },
    n !== null && { name: 'Sample', text: `n = ${format(n, 'count')}` },
    item.interval && { name: '95% interval', text: between(item.interval, unit) },
    item.errorBudget !== undefined && { name: 'Error budget', text: plain(item.errorBudget) },
    transition.risk !== null && { name: 'Risk', text: plain(transition.risk) },
    transition.mitigation !== null && { name: 'The plan’s mitigation', text: plain(transition.mitigation) },
    ...expectations(transition),
    source !== undefined && { name: 'From now on', text: AFTER_A_FAILURE },
    source === undefined && !transition.hypothesis && { name: 'Priority', text: transition.priority },
    source === undefined && {
      name: 'Responsible',
      text: plain(item.responsible, 200),
    },
  ];
  return {
    label: labelOf(transition),
    tone: toneOf(transition),
    title: source === undefined ? plain(`${item.metricTitle} ${item.when}`, 200) : `Source ${plain(source, 200)}`,
    says: plain(transition.says),
    value: value === null ? null : format(value, unit),
    target: printed(plain(transition.target)),
    bounds: boundsOf(transition),
    gap: gap === null ? null : signed(gap, unit),
    sentence: sentenceOf(transition),
    facts: facts.filter((fact) => fact !== false && fact !== null && fact !== undefined),
    cameFrom: item.numberCameFrom === null ? null : plain(item.numberCameFrom),
  };
}

/** `2 missed, 1 at risk, 2 sources failed`, worst first. */
export function countsOf(items: readonly Pick<MailItem, 'transition'>[]): string {
  return HEARD_KINDS.flatMap(({ kind, label }) => {
    const count = items.filter(({ transition }) => transition.kind === kind).length;
    if (count === 0) return [];
    return kind === 'source_failed' ? `${counted(count, 'source')} failed` : `${count} ${label.toLowerCase()}`;
  }).join(', ');
}

/** What a mail is about: `night of 2026-02-12: 2 missed`, behind the review whose digest it brings. */
export const headlineOf = ({ night, items, digest }: MailInput): string => {
  const told = `night of ${night}: ${items.length > 0 ? countsOf(items) : 'nothing else is new'}`;
  return digest ? `${plain(digest.sheet.title, 120)} on ${digest.sheet.day}, ${told}` : told;
};

/** An item in one line: `[Missed] NPS 36 vs > 40 by Week 6 (−4)`, `[Source failed] stripe`. */
export function lineOf({
  transition,
  metricTitle,
  when,
}: Pick<MailItem, 'transition' | 'metricTitle' | 'when'>): string {
  const { unit, value, gap } = transition;
  const label = labelOf(transition);
  if (transition.kind === 'source_failed') return `[${label}] ${plain(sourceIn(transition.indicator) ?? '', 200)}`;
  const target = printed(plain(transition.target));
  const parts = [
    plain(metricTitle, 80),
    value === null ? '' : format(value, unit),
    target && `vs ${plain(target, 80)}`,
    plain(when, 80),
    gap === null ? '' : `(${signed(gap, unit)})`,
  ];
  return `[${label}] ${parts.filter(Boolean).join(' ')}`;
}

/** `[Missed] NPS 36 vs > 40 by Week 6 (−4) · Bakhmach Business Hub`; for several `[2 missed, 1 at risk] Bakhmach Business Hub · 2026-02-12`. */
export function subjectOf({ items, workspace, night, digest }: MailInput): string {
  if (digest) return digestSubject(workspace.name, digest.sheet);
  const [only, ...others] = items;
  const name = plain(workspace.name, 120);
  return only === undefined || others.length > 0
    ? `[${countsOf(items)}] ${name} · ${night}`
    : `${lineOf(only)} · ${name}`;
}

const ACTIONABLE: ReadonlySet<TransitionKind> = new Set(['missed', 'corrected', 'reminder', 'at_risk']);

export type Action = { name: string; href: string; isAct: boolean };

/** The links of an item, in order: to act on it, where there is something to act on, then to look at it. */
export function actionsOf({ transition, links }: MailItem): Action[] {
  const { kind, to, hypothesis } = transition;
  // A correction may also take a miss back.
  const isOpen = ACTIONABLE.has(kind) && (kind !== 'corrected' || to === 'missed') && !hypothesis;
  return [
    { name: 'Acknowledge', href: isOpen ? links.acknowledge : undefined, isAct: true },
    { name: 'Snooze', href: isOpen ? links.snooze : undefined, isAct: true },
    { name: hypothesis ? 'See the hypothesis' : 'See the indicator', href: links.indicator, isAct: false },
    { name: 'See the evidence', href: links.evidence, isAct: false },
  ].flatMap(({ name, href, isAct }) => (href === undefined ? [] : [{ name, href: plain(href), isAct }]));
}

const DEMO_NOTICE =
  'These are demo numbers: a made-up company, not your accounts. Set a secret or a base URL and they are replaced by your own.';

/** Why somebody else's news come to this reader, and what to do about it. */
function standInNotice({ dri, why, ...one }: StandIn, workspace: string): string {
  const who = `${plain(one.title, 200)}, ${plain(one.email, 320)}`;
  const reason = one.reason === '' ? '' : ` (${plain(one.reason, 200)})`;
  const cure = `Correct the address in workspace.yaml or, where it works as it is, run: npx plumbline reach --workspace ${plain(workspace)} ${plain(dri)}`;
  const theirs = 'so you get what is for them';
  switch (why) {
    case 'refused':
      return `The address of ${who}, was refused, so you get this mail in their place. Correct the address in workspace.yaml.`;
    case 'bounced':
      return `Mails to ${who}, come back${reason}, ${theirs}. ${cure}`;
    case 'suppressed':
      return `The mail service sends nothing to ${who}, any more${reason}, ${theirs}. ${cure}`;
    case 'complained':
      return `A mail to ${who}, was marked as spam, ${theirs}. ${cure}`;
    case 'undelivered':
      return `This did not get through to ${who}${reason}, so you get it in their place.`;
  }
}

/** What stands above everything else. */
export const noticesOf = ({ workspace, standsInFor = [] }: MailInput): string[] => [
  ...(workspace.demo ? [DEMO_NOTICE] : []),
  ...standsInFor.map((one) => standInNotice(one, workspace.id)),
];

/** Why this person gets this mail. */
export const becauseOf = ({ dri, workspace }: MailInput): string =>
  `You get this as ${plain(dri.title, 200)} of ${plain(workspace.name, 200)}, at most once a night.`;
