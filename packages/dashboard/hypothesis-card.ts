import { estimate, format } from '@plumbline/core/unit';
import { counted, longDay, printed, shortDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import { badge } from './card.ts';
import type { HypothesisCard } from './model.ts';
import { sparkline } from './sparkline.ts';
import { HYPOTHESES } from './words.ts';

/** How long it still takes, in words. */
function progress({ status, daysLeft, end }: HypothesisCard): string {
  if (daysLeft === null) return `ended ${shortDay(end)}`;
  if (status === 'not_due') return `begins in ${counted(daysLeft, 'day')}`;
  return daysLeft > 0 ? `${counted(daysLeft, 'day')} left` : 'its last value is awaited';
}

const facts = ({ forecast, unit, end, interval, n, expected, dri }: HypothesisCard) =>
  [
    { name: 'Expected', text: expected },
    {
      name: 'Outlook',
      text: forecast
        ? `Heading for ${estimate(forecast.value, unit)} on ${shortDay(end)} (${estimate(forecast.low, unit)} to ${estimate(forecast.high, unit)})`
        : '',
    },
    {
      name: 'Sample',
      text: [
        interval ? `95% interval ${estimate(interval.low, unit)} to ${estimate(interval.high, unit)}` : '',
        n === null ? '' : `n = ${format(n, 'count')}`,
      ]
        .filter(Boolean)
        .join(', '),
    },
    { name: 'Responsible', text: dri },
  ].filter(({ text }) => text !== '');

/** What the plan supposes: its own words, how it was decided or where it stands against both bounds, and who answers for it. */
export function hypothesisCard(workspace: string, card: HypothesisCard) {
  const { id, says, metric, status, unit, value, day, go, pivot, start, end, missing, picture } = card;
  const known = HYPOTHESES[status];
  return html`<article class="card ${known.tone}-edge" id="${workspace}/${id}">
    <p class="tags">
      ${badge(known)} ${missing !== null && html`<span class="badge quiet">stale</span>`}
      <span class="priority">${progress(card)}</span>
    </p>
    <h4>${says}</h4>
    <p class="soft">${metric}, ${shortDay(start)} <span class="nowrap">to ${longDay(end)}</span></p>
    <dl class="figures">
      <div>
        <dt>Value${day && value !== null && html` <span class="nowrap">on ${shortDay(day)}</span>`}</dt>
        <dd>${value === null ? html`<span class="none">none yet</span>` : format(value, unit)}</dd>
      </div>
      <div>
        <dt>Go</dt>
        <dd>${printed(go)}</dd>
      </div>
      <div>
        <dt>Pivot</dt>
        <dd>${printed(pivot)}</dd>
      </div>
    </dl>
    ${sparkline(picture, metric, unit)}
    <p class="axis" aria-hidden="true"><span>${shortDay(picture.from)}</span><span>${shortDay(picture.to)}</span></p>
    ${missing !== null && html`<p class="note">Stale: ${missing}</p>`}
    <dl class="facts">
      ${facts(card).map(
        ({ name, text }) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
    </dl>
  </article>`;
}
