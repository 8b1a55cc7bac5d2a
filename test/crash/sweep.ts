import type { Crash } from './killed.ts';
import { nightToKill } from './killed.ts';

// `npm run crash`: kills a night at every moment at which the world outside may see what it does, and says what became of it.
// `npm run crash -- 7 100 140` takes every seventh of the moments from the 100th to the 140th.

const [step = 1, from = 1, to = Infinity] = process.argv.slice(2).map(Number);
const LANES = 2;

const night = await nightToKill();
const last = Math.min(to, night.moments.length);
const points = Array.from({ length: last }, (_, index) => index + 1).filter(
  (point) => point >= from && (point - from) % step === 0,
);
const begun = performance.now();
process.stderr.write(`${night.moments.length} moments, of which ${points.length} are tried\n`);

const crashes: Crash[] = [];
const queue = points.values();
const lane = async (): Promise<void> => {
  for (const point of queue) {
    const crash = await night.crash(point);
    crashes.push(crash);
    if (crash.differences.length > 0)
      process.stderr.write(`\n${point} ${crash.deaths.join(', ')}\n  ${crash.differences.join('\n  ')}\n`);
    process.stderr.write(`\r${crashes.length} of ${points.length}`);
  }
};
await Promise.all(Array.from({ length: LANES }, lane));
await night.close();

const died = crashes.filter(({ deaths }) => deaths.length > 0);
const wrong = crashes.filter((crash) => crash.differences.length > 0);
const doubled = crashes.filter((crash) => crash.differences.some((line) => /^mailed .*: [2-9]/.test(line)));
const rows = Map.groupBy(died, ({ deaths }) => kindOf(deaths[0] ?? ''));
process.stdout.write(`\n\nmoment of death                            kills  as undisturbed\n`);
for (const [kind, of] of [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
  const right = of.filter((crash) => crash.differences.length === 0).length;
  process.stdout.write(`${kind.padEnd(42)} ${String(of.length).padStart(5)} ${String(right).padStart(15)}\n`);
}
process.stdout.write(
  `\n${points.length} points, ${died.length} kills, ${crashes.length - wrong.length} as undisturbed, ${wrong.length} not, ${doubled.length} with a mail twice, ${Math.round((performance.now() - begun) / 1000)} s\n`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** `ask TransactWriteItems`, `answer GET (a vendor)`, `during writeFile mail.new`. */
function kindOf(moment: string): string {
  return moment.replace(/(GET|POST) \/(?!v2\/email).*$/, '$1 (a vendor)').replace(/\.\d+$/, '');
}
