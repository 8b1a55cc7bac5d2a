import { daysBetween } from '@plumbline/core/day';
import type { Unit } from '@plumbline/core/unit';
import { format } from '@plumbline/core/unit';
import { shortDay } from '@plumbline/core/words';
import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { html } from 'hono/html';
import type { DayValue, Picture } from './model.ts';

const WIDTH = 320;
const HEIGHT = 76;
const EDGE = 5;

const round = (value: number): number => Math.round(value * 10) / 10;

/** The series in words, for those who don't see it. */
function inWords({ series, plan, pivot, from, to }: Picture, metric: string, unit: Unit): string {
  const [first, last, goal, turn] = [series[0], series.at(-1), plan.at(-1), pivot?.at(-1)];
  const wanted = goal && `${turn ? 'go is at' : 'the plan wants'} ${format(goal.value, unit)}`;
  const at = ({ day, value }: DayValue) => `${format(value, unit)} on ${shortDay(day)}`;
  const values =
    first && last
      ? first === last
        ? `one value, ${at(first)}`
        : `${series.length} values, from ${at(first)} to ${at(last)}`
      : 'no values yet';
  return `${metric}, ${shortDay(from)} to ${shortDay(to)}: ${[values, wanted, turn && `pivot is at ${format(turn.value, unit)}`].filter(Boolean).join('; ')}`;
}

/** A number's way over the plan's span as SVG: the series solid, the plan dashed, the days that are judged shaded. */
export function sparkline(picture: Picture, metric: string, unit: Unit) {
  const { series, plan, pivot = [], from, to, judged } = picture;
  const values = [...series, ...plan, ...pivot].map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = high - low || Math.abs(high) || 1;
  const x = scaleLinear([0, Math.max(1, daysBetween(from, to))], [EDGE, WIDTH - EDGE]).clamp(true);
  const y = scaleLinear([low - room * 0.06, high + room * 0.06], [HEIGHT - 1, EDGE]);
  const xOf = ({ day }: Pick<DayValue, 'day'>) => round(x(daysBetween(from, day)));
  const yOf = ({ value }: DayValue) => round(y(value));
  const path = line<DayValue>().x(xOf).y(yOf);
  const ground = area<DayValue>().x(xOf).y0(HEIGHT).y1(yOf);
  const [last, goal] = [series.at(-1), plan.at(-1)];
  const start = xOf({ day: judged.from });
  const end = xOf({ day: judged.to });
  return html`<svg
    class="spark"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="${inWords(picture, metric, unit)}"
  >
    <rect
      class="judged"
      x="${Math.min(start, end - 1)}"
      y="0"
      width="${Math.max(1, round(end - start))}"
      height="${HEIGHT}"
    />
    ${series.length > 1 && html`<path class="ground" d="${ground([...series]) ?? ''}" />`}
    ${plan.length > 0 && html`<path class="plan" d="${path([...plan]) ?? ''}" />`}
    ${pivot.length > 0 && html`<path class="pivot" d="${path([...pivot]) ?? ''}" />`}
    ${goal && html`<circle class="goal" cx="${xOf(goal)}" cy="${yOf(goal)}" r="3.5" />`}
    ${series.length > 1 && html`<path class="series" d="${path([...series]) ?? ''}" />`}
    ${last && html`<circle class="last" cx="${xOf(last)}" cy="${yOf(last)}" r="3.5" />`}
  </svg>`;
}
