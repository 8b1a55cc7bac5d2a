import type { Day } from '@plumbline/core/day';
import type { Block, Explanation } from '@plumbline/core/explanation';
import { areFigures } from '@plumbline/core/explanation';
import type { Unit } from '@plumbline/core/unit';
import { capital, longDay, shortDay, unbroken } from '@plumbline/core/words';
import { html } from 'hono/html';
import { figure } from './card-parts.ts';
import { layout } from './layout.ts';
import type { Picture } from './model.ts';
import { sparkline } from './sparkline.ts';
import { waterfallTable } from './waterfall.ts';

/** One number of a metric, explained. */
export type MetricPage = {
  workspace: { id: string; name: string };
  title: string;
  unit: Unit;
  day: Day;
  /** Null where the day has no value; then `absence` says so. */
  explanation: Explanation | null;
  absence: string;
  /** Null where there is nothing around the day either. */
  picture: Picture | null;
  /** The days before and after it that have a value. */
  ways: readonly { href: string; name: string }[];
  /** Every metric of the workspace. */
  metrics: readonly { href: string; name: string }[];
};

/** Where a metric's number of a day is explained; without a day its newest. */
export const metricHref = (workspace: string, metric: string, day?: Day | null): string =>
  `/workspaces/${workspace}/metrics/${metric}${day ? `?day=${day}` : ''}`;

const TONES = { Settled: 'good', Provisional: 'warn', Reconstructed: 'calm' } as const;

export const metricPage = (page: MetricPage) => {
  const { workspace, title, day, explanation, absence, ways, metrics } = page;
  return layout({
    title: `${title}, ${longDay(day)} · ${workspace.name}`,
    nav: [{ href: `/#${workspace.id}`, name: workspace.name }, ...ways],
    main: html`<article class="explained">
      <header>
        <p class="soft">${workspace.name}</p>
        <h1>${title} <span class="nowrap">on ${longDay(day)}</span></h1>
        ${explanation?.demo && html`<p class="demo"><strong>Demo.</strong> This number comes from a demo provider.</p>`}
      </header>
      ${explanation ? number(explanation) : html`<p class="note">${capital(absence)}.</p>`} ${way(page)}
      ${explanation?.blocks.map(blockSection)}
      <details>
        <summary>Other metrics of ${workspace.name}</summary>
        <ul class="metrics">
          ${metrics.map(({ href, name }) => html`<li><a href="${href}">${name}</a></li>`)}
        </ul>
      </details>
    </article>`,
  });
};

const number = ({ about, value, state, facts, warnings, waterfall }: Explanation) =>
  html`<p class="value">${unbroken(value)} <span class="badge ${TONES[state]}">${state}</span></p>
    <p class="soft">${about}</p>
    ${warnings.map((warning) => html`<p class="note">${warning}</p>`)}
    <dl class="facts">${facts.map(([name, text]) => figure(name, unbroken(text)))}</dl>
    ${
      waterfall &&
      html`<section>
        <h2>How it came about</h2>
        ${waterfallTable(waterfall)}
      </section>`
    }`;

const way = ({ picture, title, unit }: MetricPage) =>
  picture &&
  html`<section>
    <h2>Its way</h2>
    <div class="way">
      ${sparkline(picture, title, unit)}
      <p class="axis" aria-hidden="true"><span>${shortDay(picture.from)}</span><span>${shortDay(picture.to)}</span></p>
    </div>
    ${picture.plan.length > 0 && html`<p class="soft">Dashed: where the plan wants it at its deadlines.</p>`}
  </section>`;

const look = (rows: Block['rows'], column: number): string => (areFigures(rows, column) ? 'figure' : '');

const blockSection = ({ title, head, rows, more, note }: Block) =>
  html`<section>
    <h2>${title}</h2>
    <table class="${head.length > 0 ? 'grid' : 'named'}">
      ${
        head.length > 0 &&
        html`<thead>
          <tr>
            ${head.map((name, column) => html`<th scope="col" class="${look(rows, column)}">${name}</th>`)}
          </tr>
        </thead>`
      }
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell, index) => html`<td class="${look(rows, index + 1)}">${unbroken(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
    ${more > 0 && html`<p class="soft">and ${more} more</p>`} ${note !== '' && html`<p class="soft">${note}</p>`}
  </section>`;
