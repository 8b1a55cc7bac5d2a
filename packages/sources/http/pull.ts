import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import { NIGHT_HOURS } from '@plumbline/core/night';
import type { Observation } from '@plumbline/core/snapshot';
import type { CheckResult, Pulled, PullPorts, Puller } from '@plumbline/core/source';
import { format, fromMajor } from '@plumbline/core/unit';
import { dayAt, endOfDay } from '@plumbline/core/zone';
import { addressFor, tellsOfDays } from './address.ts';
import type { Answer } from './client.ts';
import { getJson } from './client.ts';
import type { HttpConfig, HttpMetric } from './index.ts';
import { SECRET, http } from './index.ts';
import type { JsonPath } from './json-path.ts';
import { valueAt } from './json-path.ts';

type Ports = PullPorts<HttpConfig>;

const MS_PER_HOUR = 3_600_000;
const DECIMAL = /^-?\d{1,30}(\.\d{1,30})?$/;

async function* pull({ from, to }: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { clock, workspace } = ports;
  for (const day of daysFrom(from, to)) {
    if (endOfDay(day, workspace.timezone) > clock.now()) break;
    for (const { observation } of await readDay(day, ports)) yield { kind: 'observation', ...observation };
  }
}

/** All that is told of a day that is over. Each address is asked once, whatever the number of its metrics. */
async function readDay(day: Day, ports: Ports): Promise<{ metric: HttpMetric; observation: Observation }[]> {
  const zone = ports.workspace.timezone;
  const answers = new Map<string, Answer & { requests: number }>();
  const found = [];
  for (const metric of ports.config.metrics) {
    // What tells only of now tells of the day that has just ended; of days before that it would repeat today's number.
    if (!tellsOfDays(metric.url) && ports.clock.now() >= endOfDay(addDays(day, 1), zone)) continue;
    const url = addressFor(metric.url, day, zone, ports.baseUrl);
    const headers = Object.entries(metric.headers ?? {}).map(
      ([name, value]) => [name, value.replaceAll(SECRET, () => ports.secret)] as const,
    );
    const key = JSON.stringify([url.href, headers]);
    const before = ports.http.requests;
    const answer = answers.get(key) ?? {
      ...(await getJson(url, Object.fromEntries(headers), ports)),
      requests: ports.http.requests - before,
    };
    answers.set(key, answer);
    const observation = observe(metric, day, answer, ports);
    if (observation) found.push({ metric, observation });
  }
  return found;
}

function observe(
  metric: HttpMetric,
  day: Day,
  { json, sha256, requests }: Answer & { requests: number },
  { clock, workspace }: Ports,
): Observation | undefined {
  const end = endOfDay(day, workspace.timezone);
  const numbers = numbersIn(metric, json, workspace.currency);
  if (!numbers) return undefined;
  const n = metric.n && numberAt(metric.n, json, metric.id);
  if (n !== undefined && !(Number.isSafeInteger(n) && n >= 0))
    throw wrong(metric.id, metric.n, 'a sample of that size is not possible; it must be a whole number from 0 on');
  const isOfNow = !tellsOfDays(metric.url);
  const isLate = clock.now() > end + (NIGHT_HOURS.begins + NIGHT_HOURS.waits) * MS_PER_HOUR;
  return {
    metric: metric.id,
    day,
    ...numbers,
    ...(n === undefined ? {} : { n }),
    quality: isOfNow ? ['counted-when-pulled'] : [],
    evidence: { requests, rows: 1, sha256, policy: 'http-json', ...pathsOf(metric) },
    settlesAt: end,
    // So that it never replaces a number that was taken in the night itself.
    ...(isOfNow && isLate ? { reconstructed: true } : {}),
  };
}

type Numbers = Pick<Observation, 'value' | 'numerator' | 'denominator'>;

function numbersIn(metric: HttpMetric, json: unknown, currency: string): Numbers | undefined {
  const { id, numerator: above, denominator: below } = metric;
  const unit = metric.unit === 'money' ? currency : metric.unit;
  if (metric.path) {
    const major = numberAt(metric.path, json, id);
    if (major === undefined) return undefined;
    const value = fromMajor(major, unit);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
      throw wrong(id, metric.path, 'a number too large to be kept exactly');
    return { value };
  }
  const [numerator, denominator] = [above && numberAt(above, json, id), below && numberAt(below, json, id)];
  if (numerator === undefined || denominator === undefined || denominator === 0) return undefined;
  if (denominator < 0) throw wrong(id, below, 'a denominator below 0');
  return { value: ((unit === '%' ? 100 : 1) * numerator) / denominator, numerator, denominator };
}

/** A number, or a decimal number written as text; undefined for null, by which an answer says that there is none. */
function numberAt(path: JsonPath, json: unknown, metric: string): number | undefined {
  const given = valueAt(path, json);
  if (given === null) return undefined;
  const found = typeof given === 'string' && DECIMAL.test(given) ? Number(given) : given;
  // JSON knows a 0 below 0; no store does.
  if (typeof found === 'number' && Math.abs(found) <= Number.MAX_SAFE_INTEGER) return found === 0 ? 0 : found;
  if (typeof found === 'number') throw wrong(metric, path, 'a number too large to be kept exactly');
  if (typeof found === 'string') throw wrong(metric, path, 'a text that is not a decimal number such as "1234.5"');
  if (found === undefined) throw wrong(metric, path, 'nothing; did the shape of the answer change?');
  throw wrong(metric, path, Array.isArray(found) ? 'a list' : `a value of type ${typeof found}`);
}

/** What was found is described, never quoted: the answer may tell of people. */
const wrong = (metric: string, path: JsonPath | undefined, what: string): DataError =>
  new DataError('http', `${metric}: at ${path?.text ?? '$'} there is ${what}`);

const pathsOf = ({ path, numerator, denominator }: HttpMetric): Record<string, string> =>
  path ? { path: path.text } : { numeratorPath: numerator?.text ?? '', denominatorPath: denominator?.text ?? '' };

/** Each address once, about yesterday, with what is found there. */
async function check(ports: Ports): Promise<CheckResult> {
  const { clock, config, workspace } = ports;
  const day = addDays(dayAt(clock.now(), workspace.timezone), -1);
  const found = await readDay(day, ports);
  const units = new Map(http.metrics(config, workspace).map(({ id, unit }) => [id, unit]));
  const told = new Set(found.map(({ metric }) => metric.id));
  return {
    sees: found
      .map(({ metric: { id }, observation: { value } }) => `${id} ${format(value, units.get(id) ?? 'count')}`)
      .concat(found.length === 0 ? ['no value'] : [])
      .join(', ')
      .concat(` on ${day}`),
    warnings: config.metrics.filter(({ id }) => !told.has(id)).map(({ id }) => `there is no value of ${id} on ${day}`),
  };
}

export const puller: Puller<HttpConfig> = { pull, check };
