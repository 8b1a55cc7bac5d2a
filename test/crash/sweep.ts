import { seeded } from '@plumbline/local/stories/build';
import type { CloudCrash } from './cloud.ts';
import { nightInTheCloud } from './cloud.ts';
import { nightToKill } from './killed.ts';
import type { Point } from './prepared.ts';

// `npm run crash`: breaks a night off at every moment at which the world outside may see what it does, lets it go on, and holds what is
// there in the end against the night that nobody disturbed. `npm run crash -- cloud` takes only the functions as on AWS, whose process
// freezes; `npm run crash -- machine` only `plumbline up`, killed by SIGKILL. A number takes only so many of each, spread over the night.
// Ctrl-C ends it with what it knows by then.

const SEED = 6;
const PAIRS = 100;
const LANES = 2;

const words = process.argv.slice(2);
const most = Number(words.find((word) => /^\d+$/.test(word)) ?? Infinity);
const isAsked = (form: string): boolean => words.includes(form) || !words.some((word) => /^[a-z]/.test(word));

let isEnded = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (isEnded = true));

const WINDOW = /^mailed \S+: 2, undisturbed 1$/;
const SHORTEST_MINUTES = 15;
/** A mail came twice, and not before its claim was over. */
const isInWindow = ({ differences, twice }: CloudCrash): boolean =>
  twice.length > 0 &&
  twice.every(({ minutes }) => minutes >= SHORTEST_MINUTES) &&
  differences.every((line) => WINDOW.test(line));

let wrong = 0;
const rows: string[] = [];

async function series(
  title: string,
  points: readonly (readonly Point[])[],
  { lanes, crash }: { lanes: number; crash: (points: readonly Point[]) => Promise<CloudCrash> },
): Promise<void> {
  const spread = points
    .map((one, index) => ({ one, place: (index * 0.618034) % 1 }))
    .toSorted((a, b) => a.place - b.place)
    .slice(0, most);
  const crashes: CloudCrash[] = [];
  const queue = spread.values();
  const lane = async (): Promise<void> => {
    for (const { one } of queue) {
      if (isEnded) return;
      const found = await crash(one);
      crashes.push(found);
      if (found.differences.length > 0 && !isInWindow(found)) {
        const lines = found.differences.map((line) => `\n  ${line.slice(0, 500)}`);
        process.stderr.write(`\n${title} ${one.join(' and ')}: ${found.deaths.join(', ')}${lines.join('')}\n`);
      }
      process.stderr.write(`\r${title}: ${crashes.length} of ${spread.length}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  process.stderr.write('\n');
  const count = (what: (crash: CloudCrash) => boolean): string => String(crashes.filter(what).length).padStart(10);
  wrong += crashes.filter((one) => one.differences.length > 0 && !isInWindow(one)).length;
  rows.push(
    [
      title.padEnd(40),
      count(() => true),
      String(crashes.reduce((sum, { deaths }) => sum + deaths.length, 0)).padStart(10),
      count(({ differences }) => differences.length === 0),
      count(isInWindow),
      count((one) => one.differences.length > 0 && !isInWindow(one)),
    ].join(''),
  );
}

const singles = (moments: readonly string[]): number[][] => moments.map((_, index) => [index + 1]);

/** The second moment is one of the run that takes over. */
function pairs(moments: readonly string[]): number[][] {
  const random = seeded(SEED);
  const point = (): number => 1 + Math.floor(random.next() * moments.length);
  return Array.from({ length: PAIRS }, () => [point(), Math.ceil(point() / 3)]);
}

const begun = performance.now();
if (isAsked('cloud')) {
  const night = await nightInTheCloud();
  const crash = (points: readonly Point[]) => night.crash(points);
  await series('functions, each moment', singles(night.moments), { lanes: LANES, crash });
  await series('functions, two moments', pairs(night.moments), { lanes: LANES, crash });
  const firstMail = night.moments.findIndex((moment) => moment.startsWith('ask POST /v2/email'));
  await series(
    'functions, no word of the mail service',
    singles(night.moments).filter(([point = 0]) => point > firstMail),
    { lanes: LANES, crash: (points) => night.crash(points, { sesTells: false }) },
  );
  await night.close();
}
if (isAsked('machine')) {
  const night = await nightToKill();
  const crash = async (points: readonly Point[]) => ({ ...(await night.crash(...points)), twice: [] });
  await series('plumbline up, each moment', singles(night.moments), { lanes: LANES, crash });
  await series('plumbline up, two moments', pairs(night.moments), { lanes: LANES, crash });
  await night.close();
}
const head = ['points', 'deaths', 'as calm', 'in window', 'wrong'].map((word) => word.padStart(10)).join('');
process.stdout.write(`\n${''.padEnd(40)}${head}\n${rows.join('\n')}\n`);
process.stdout.write(`seed ${SEED}, ${Math.round((performance.now() - begun) / 1000)} s\n`);
process.exit(wrong > 0 ? 1 : 0);
