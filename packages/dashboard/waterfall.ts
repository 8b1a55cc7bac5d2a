import type { Waterfall, WaterfallStep } from '@plumbline/core/explanation';
import { unbroken } from '@plumbline/core/words';
import { scaleLinear } from 'd3-scale';
import { html } from 'hono/html';

const WIDTH = 240;
const HEIGHT = 16;
/** The least width that can still be seen. */
const THIN = 1.5;
/** Where movements are small beside the whole, bars begin this share of the movements' room below the lowest level. */
const FOOT = 0.35;

type Bar = { from: number; to: number; look: 'level' | 'up' | 'down' };

/** Each step's bar: a level from 0 on, a movement from where the one before it ended. */
export function barsOf(steps: readonly WaterfallStep[]): Bar[] {
  let reached = 0;
  return steps.map(({ kind, amount }) => {
    const from = kind === 'level' ? 0 : reached;
    reached = from + amount;
    const look = kind === 'level' ? 'level' : amount < 0 ? 'down' : 'up';
    return { from: Math.min(from, reached), to: Math.max(from, reached), look };
  });
}

/** What the width stands for. Totals that dwarf their movements are cut at the foot. */
export function reachOf(bars: readonly Bar[]): { low: number; high: number; isCut: boolean } {
  const high = Math.max(0, ...bars.map(({ to }) => to));
  const least = Math.min(...bars.map(({ from, to, look }) => (look === 'level' ? to : from)));
  const low = least - FOOT * (high - least);
  const isCut = low > 0 && high > least;
  return { low: isCut ? low : Math.min(0, least), high, isCut };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Start, movements and end as a table that can be added up, with a bar for each. */
export function waterfallTable({ steps, sum, addsUp, note }: Waterfall) {
  const bars = barsOf(steps);
  const { low, high, isCut } = reachOf(bars);
  const x = scaleLinear([low, high > low ? high : low + 1], [0, WIDTH]).clamp(true);
  const drawn = bars.map(({ from, to, look }) => {
    const [start, end] = [round(x(from)), round(x(to))];
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      ${to > from && html`<rect class="${look}" x="${Math.min(start, WIDTH - THIN)}" y="2" width="${Math.max(THIN, round(end - start))}" height="${HEIGHT - 4}" />`}
    </svg>`;
  });
  return html`<table class="waterfall">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="figure">Amount</th>
          <th scope="col" class="figure">Customers</th>
          <th scope="col"><span class="unseen">Picture</span></th>
        </tr>
      </thead>
      <tbody>
        ${steps.map(
          (step, index) =>
            html`<tr class="${step.kind}">
              <th scope="row">${step.name}</th>
              <td class="figure">${step.shown}</td>
              <td class="figure">${step.kind === 'movement' && step.customers}</td>
              <td class="bar">${drawn[index]}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="${addsUp ? 'soft' : 'note'}">
      ${unbroken(sum)} ${note !== '' && unbroken(note)} ${isCut && 'The bars of both totals are cut on the left.'}
    </p>`;
}
