import { createHash } from 'node:crypto';

// The events of a project as Mixpanel's browser SDK sends them, made one after another. Times are in seconds.

const NIGHT_DAYS = 5;
const SECONDS_PER_DAY = 86_400;

/** Who the people are: ids as the SDK makes them. */
export const personId = (person: number): string =>
  `$device:${createHash('md5').update(`person ${person}`).digest('hex')}`;

/** How many of a thousand events. */
const MIX: readonly (readonly [name: string, share: number])[] = [
  ['$mp_web_page_view', 450],
  ['Feature Used', 250],
  ['Button Clicked', 146],
  ['Session End', 80],
  ['Search', 60],
  ['Sign Up', 6],
  ['Onboarding Completed', 4],
  ['Purchase', 3],
  ['NPS Response', 1],
];
const NAMES = MIX.flatMap(([name, share]) => Array.from({ length: share }, () => name));
const pick = <T>(list: readonly T[], by: number): T => list[by % list.length] as T;
const CITIES = ['Kyiv', 'Львів', 'São Paulo', 'London', 'Austin', 'Warszawa', '東京'];
const PATHS = ['/', '/pricing', '/app/inbox?tab=open', '/app/projects/1843/board', '/docs/getting-started'];

/** The next of a row of numbers that looks random and is the same each time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

const OWN: Readonly<Record<string, (by: number) => string>> = {
  'Session End': (by) => `"duration_s":${by % 3600},`,
  Purchase: (by) => `"amount":${(by % 50_000) / 100},"plan":"pro",`,
  'NPS Response': (by) => `"score":${by % 11},`,
  'Feature Used': (by) => `"feature":"f${by % 40}",`,
  $mp_web_page_view: (by) => `"load_ms":${by % 4000},"current_page_title":"Inbox – Bench",`,
};

/** What the lines come to on the last day, each event counted once. */
export type Truth = { events: number; signups: number };

/** Lines of the export, most of the last day, some of the four before it, one of 200 twice; counts them into `truth`. */
export function* linesOf(count: number, people: number, lastDayStart: number, truth: Truth): Iterable<string> {
  const random = randomFrom(count);
  const ids = Array.from({ length: people }, (_, person) => personId(person));
  let before = '';
  for (let index = 0; index < count; index += 1) {
    const [a, b, c] = [random(), random(), random()];
    if (index % 200 === 199) {
      yield before;
      continue;
    }
    const name = pick(NAMES, a >>> 8);
    const id = pick(ids, b);
    const back = index % 32 === 0 ? 1 + ((index % NIGHT_DAYS) % 4) : 0;
    const time = lastDayStart - back * SECONDS_PER_DAY + (c % SECONDS_PER_DAY);
    if (back === 0) truth.events += 1;
    if (back === 0 && name === 'Sign Up') truth.signups += 1;
    const own = OWN[name]?.((a ^ c) >>> 0) ?? '';
    const insertId = a.toString(36) + c.toString(36) + index.toString(36);
    before =
      `{"event":"${name}","properties":{"time":${time},"distinct_id":"${id}","$browser":"Chrome","$browser_version":141,` +
      `"$city":"${pick(CITIES, b >>> 4)}","$current_url":"https://app.bench.example${pick(PATHS, a)}","$device_id":"${id.slice(8)}",` +
      `"$initial_referrer":"https://www.google.com/","$initial_referring_domain":"www.google.com","$insert_id":"${insertId}",` +
      `"$lib_version":"2.71.0","$mp_api_endpoint":"api-js.mixpanel.com","$mp_api_timestamp_ms":${time * 1000 + 812},"$os":"Mac OS X",` +
      `"$region":"Kyiv City","$screen_height":1080,"$screen_width":1920,${own}"mp_country_code":"UA","mp_lib":"web",` +
      `"mp_processing_time_ms":${time * 1000 + 2000 + (c % 1000)},"mp_sent_by_lib_version":"2.71.0"}}\n`;
    yield before;
  }
}
