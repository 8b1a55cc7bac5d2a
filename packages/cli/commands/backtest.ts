import { setImmediate } from 'node:timers/promises';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { InputError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import type { Past } from '@plumbline/plan/backtest';
import { rehearse } from '@plumbline/plan/backtest';
import type { Bands, Report } from '@plumbline/plan/backtest-report';
import { reportOn } from '@plumbline/plan/backtest-report';
import { lastValue, straightLine } from '@plumbline/plan/backtest-rules';
import { DAYS_BEFORE } from '@plumbline/plan/judge';
import type { TrendOf } from '@plumbline/plan/trend';
import { trendOf } from '@plumbline/plan/trend';
import { workspaceArg } from '../args.ts';
import { command } from '../command.ts';
import { columns } from '../table.ts';

/** What a band is made to hold. */
const NOMINAL = 0.8;
/** Under so many cases a share is no measure. */
const FEW = 30;
const SILENT_MS = 1000;

const RULES: readonly { rule: string; goingOn: TrendOf }[] = [
  { rule: 'plumbline', goingOn: trendOf },
  { rule: 'last value', goingOn: lastValue },
  { rule: 'straight line', goingOn: straightLine },
];

/** `backtest`: what the forecasts of past nights were worth, beside two rules that need no program. */
export const backtest = command({
  name: 'backtest',
  args: workspaceArg,
  run: async (machine, { workspace: id }, progress) => {
    const { workspace, store, demo } = machine.site(id);
    const { plan } = workspace;
    if (!plan) throw new InputError(`workspace ${id} has no plan.yaml, so there is nothing that was forecast`);
    const through = (await store.nights.last(id))?.day ?? null;
    const points = through === null ? [] : await store.snapshots.points(id, addDays(plan.start, -DAYS_BEFORE), through);
    const past = { plan, metrics: workspace.metrics, points, through: through ?? addDays(plan.start, -1) };
    const told = tellSlowly((night) => progress(`${workspace.name}: judged once more up to ${night}`));
    const rules = [];
    for (const { rule, goingOn } of RULES) rules.push({ rule, ...(await reportOf(past, goingOn, told)) });
    const head = `${plan.title}: forecasts held against what came${demo ? ' (demo numbers)' : ''}`;
    return {
      exit: 0,
      data: { workspace: id, demo, from: plan.start, through, nominal: NOMINAL, rules },
      text: `${head}\n\n${textOf(rules)}`,
    };
  },
});

/** Lets others have their turn between nights. */
async function reportOf(past: Past, goingOn: TrendOf, told: (night: Day) => void): Promise<Report> {
  const nights = rehearse(past, goingOn);
  for (;;) {
    const next = nights.next();
    if (next.done) return reportOn(next.value);
    told(next.value);
    await setImmediate();
  }
}

function tellSlowly(tell: (night: Day) => void): (night: Day) => void {
  let last = Date.now();
  return (night) => {
    if (Date.now() - last < SILENT_MS) return;
    last = Date.now();
    tell(night);
  };
}

type Ruled = Report & { rule: string };

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(100 * share)}%`);
const few = (count: number): string => (count < FEW ? ', few' : '');

function textOf(rules: readonly Ruled[]): string {
  const [ours] = rules;
  if (!ours || ours.steps === 0) return 'No step has been decided yet, so there is nothing to hold a forecast against.';
  const bands = (name: string, one: Bands): string[] => [
    name,
    percent(one.held),
    percent(one.width),
    percent(one.error),
    `${one.nights}${few(one.nights)}`,
  ];
  const some = ours.steps < FEW ? ` These are few: a hint, not yet a measure.` : '';
  return [
    `Built on ${counted(ours.steps, 'decided step')} (${ours.met.steps} met, ${ours.misses.steps} missed) and ${counted(ours.all.nights, 'forecast')}.${some}`,
    `A band should hold what came in about ${percent(NOMINAL)} of its nights: fewer, and it promises too much; more, and it says too little.`,
    '',
    columns([
      ['', 'held', 'width', 'error', 'forecasts'],
      bands('all', ours.all),
      ...ours.byHorizon.map((one) => bands(`${one.days} days ahead`, one.bands)),
      ...ours.byKind.map((one) => bands(one.kind, one.bands)),
    ]),
    '',
    'Width of the band and error of its middle are medians, in percent of the target.',
    'Beside two rules without any program, with the same two nights that it takes to be at risk:',
    '',
    columns([
      ['', 'misses warned of', 'first warning', 'false alarms', 'nights falsely at risk', 'error'],
      ...rules.map(({ rule, misses, met, all }) => [
        rule,
        `${misses.warned} of ${misses.steps}`,
        misses.lead === null ? '–' : `${misses.lead} days before`,
        `${met.alarmed} of ${met.steps} met`,
        `${met.nights}`,
        percent(all.error),
      ]),
    ]),
  ].join('\n');
}
