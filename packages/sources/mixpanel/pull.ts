import { createHash } from 'node:crypto';
import { addDays, daysFrom, earliest } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { CheckResult, PullPorts, Pulled, Puller, SourceMemory } from '@plumbline/core/source';
import { dayAt, endOfDay } from '@plumbline/core/zone';
import { exportZone, layCalendar, zoneQuality } from './calendar.ts';
import { EXPORT, readExport, scanExport } from './export.ts';
import { foldExport } from './fold.ts';
import type { FoldedDay } from './fold.ts';
import type { MixpanelConfig } from './language.ts';
import { measuresOf } from './measures.ts';
import type { Measure, Window } from './measures.ts';
import { prefixOf, recall } from './memory.ts';
import { propertiesOf } from './readings.ts';
import type { Reading } from './readings.ts';
import { createRoster } from './roster.ts';
import type { Roster } from './roster.ts';
import { isRememberedKind } from './rows.ts';
import { openWindows } from './windows.ts';
import type { Wanted } from './windows.ts';

type Ports = PullPorts<MixpanelConfig>;

const HOUR = 3_600_000;
/** A whole export, begun to ended; under the 15 minutes that a Lambda may run. */
const EXPORT_TIMEOUT = 14 * 60_000;

/** Pulls by one export, from the first day that a window needs and memory lacks. A day that is not over is left out. */
export const puller: Puller<MixpanelConfig> = { pull, check };

async function* pull(range: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { workspace, config } = ports;
  const to = earliest(range.to, addDays(dayAt(ports.clock.now(), workspace.timezone), -1));
  if (to < range.from) return;

  const measures = measuresOf(config);
  const idOf = (reading: Reading): string => prefixOf(reading, config, workspace.timezone);
  const wanted = wantedBy(measures, idOf);
  const first = earliest(range.from, ...(await missingBefore(range.from, wanted, ports.memory)));

  const all = new Map(Array.from(wanted, ([id, { reading }]) => [id, reading] as const));
  const inWindows = new Map([...all].filter(([id]) => (wanted.get(id)?.reach ?? 0) > 1));
  const roster = createRoster();
  const folded = await exportDays([first, ...daysFrom(addDays(first, 1), to)], ports, roster, (day) =>
    day < range.from ? inWindows : all,
  );
  warnOfWhatWasLeft(folded, wanted, ports);

  for (const fold of folded) {
    for (const id of inWindows.keys()) {
      yield { kind: 'memory', key: `${id}${fold.day}`, bytes: fold.pack(id) ?? new Uint8Array() };
    }
  }
  const windowOf = await openWindows(wanted, { from: range.from, folded }, roster, ports.memory);
  for (const fold of folded) {
    if (fold.day < range.from) continue;
    for (const measure of measures) {
      const windows = measure.needs.map(({ reading, days, ago = 0 }) =>
        windowOf(idOf(reading), addDays(fold.day, 1 - days - ago), addDays(fold.day, -ago)),
      );
      yield* observe(measure, windows, fold, ports);
    }
  }
}

function wantedBy(measures: readonly Measure[], idOf: (reading: Reading) => string): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { reading, days, ago = 0, of } of measures.flatMap(({ needs }) => needs)) {
    const id = idOf(reading);
    const known = wanted.get(id);
    const others = known ? known.of : [];
    wanted.set(id, {
      reading,
      reach: Math.max(days + ago, known?.reach ?? 0),
      of: of && others ? [...others, idOf(of)] : undefined,
    });
  }
  return wanted;
}

/** The days before `from` that windows reach back to and memory lacks. */
async function missingBefore(from: Day, wanted: ReadonlyMap<string, Wanted>, memory: SourceMemory): Promise<Day[]> {
  const missing: Day[] = [];
  for (const [id, { reading, reach }] of wanted) {
    if (!isRememberedKind(reading.kind) || reach === 1) continue;
    const days = new Set(daysFrom(addDays(from, 1 - reach), addDays(from, -1)));
    for await (const { day } of recall(memory, id, reading.kind, addDays(from, 1 - reach), addDays(from, -1))) {
      days.delete(day);
    }
    missing.push(...days);
  }
  return missing;
}

/** One export of these days. Every try begins with empty hands: a broken one leaves nothing behind. */
function exportDays(
  days: readonly [Day, ...Day[]],
  ports: Ports,
  roster: Roster,
  readingsOf: (day: Day) => ReadonlyMap<string, Reading>,
): Promise<FoldedDay[]> {
  const { config, workspace, secret, clock, http } = ports;
  const calendar = layCalendar(days, workspace.timezone, config);
  const url = exportUrl(ports, calendar.from, calendar.to);
  const properties = days.flatMap((day) => [...readingsOf(day).values()]).flatMap(propertiesOf);
  const attempt = async (signal: AbortSignal): Promise<FoldedDay[]> => {
    const fold = foldExport(calendar, readingsOf, roster, (id) => ports.pseudonym(id));
    await scanExport({ url, secret, signal, now: clock.now() }, properties, (line) => fold.take(line));
    return fold.days();
  };
  return http.call(EXPORT, attempt, { timeoutMs: EXPORT_TIMEOUT });
}

const HOSTS = { us: 'data', eu: 'data-eu', in: 'data-in' } as const;

/** Where these dates (both included, as the export dates them) are exported from. */
export function exportUrl({ config, baseUrl }: Pick<Ports, 'config' | 'baseUrl'>, from: Day, to: Day): URL {
  const origin = baseUrl ?? `https://${HOSTS[config.region]}.mixpanel.com`;
  const url = new URL(`${origin.replace(/\/+$/, '')}/api/2.0/export`);
  url.search = new URLSearchParams({ project_id: String(config.projectId), from_date: from, to_date: to }).toString();
  return url;
}

function* observe(
  measure: Measure,
  windows: readonly Window[],
  { day, rows, lagsByZone }: FoldedDay,
  { workspace, config, http }: Ports,
): Iterable<Pulled> {
  const figure = measure.figure(windows);
  if (!figure) return;
  const { parts, ...numbers } = figure;
  if (Math.abs(numbers.numerator ?? numbers.value) > Number.MAX_SAFE_INTEGER) {
    throw new DataError('mixpanel', `${measure.metric} of ${day} is too large to be kept exactly; narrow it by where`);
  }
  const sha256 = createHash('sha256');
  for (const { rows } of windows.flat()) sha256.update(rows.sha256);
  yield {
    kind: 'observation',
    metric: measure.metric,
    day,
    ...numbers,
    quality: [...zoneQuality(day, workspace.timezone, config), ...(lagsByZone ? ['time-basis?'] : [])],
    evidence: { requests: http.requests, rows, sha256: sha256.digest('hex'), policy: measure.policy, ...parts },
    settlesAt: endOfDay(day, workspace.timezone) + 24 * HOUR,
  };
}

function warnOfWhatWasLeft(folded: readonly FoldedDay[], wanted: ReadonlyMap<string, Wanted>, { log }: Ports): void {
  for (const [id, { reading }] of wanted) {
    const left = folded.reduce((sum, fold) => sum + (fold.left.get(id) ?? 0), 0);
    if (left === 0 || !('property' in reading)) continue;
    const usable = reading.kind === 'scores' ? 'a person and a whole score from 0 to 10' : 'a number';
    const { event } = reading.filter;
    log.warn(`[mixpanel] ${left} of “${event}” were left out: they lack ${usable} in ${reading.property}`);
  }
  const days = folded.filter(({ lagsByZone }) => lagsByZone).map(({ day }) => day);
  if (days.length > 0) {
    log.warn('[mixpanel] events seem to arrive hours before or after they happen; is timeBasis set rightly?', { days });
  }
}

/** One event of yesterday, as the export dates it, tells whether the key opens the project. */
async function check(ports: Ports): Promise<CheckResult> {
  const { config, secret, clock, http } = ports;
  const day = addDays(dayAt(clock.now(), exportZone(config)), -1);
  const url = exportUrl(ports, day, day);
  url.searchParams.set('limit', '1');
  const events = await http.call(EXPORT, async (signal) => {
    let count = 0;
    await readExport({ url, secret, signal, now: clock.now() }, () => void (count += 1));
    return count;
  });
  return {
    sees: `the events of project ${config.projectId} (${config.region})`,
    warnings: events === 0 ? [`there is no event on ${day}; check projectId and region if there should be`] : [],
  };
}
