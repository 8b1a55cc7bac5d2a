import { estimate, format, signed } from '@plumbline/core/unit';
import { counted, longDay, printed, shortDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import type { IndicatorCard } from './model.ts';
import { sparkline } from './sparkline.ts';
import type { MarkedBadge } from './words.ts';
import { STATUSES } from './words.ts';

export const badge = ({ word, tone, mark }: MarkedBadge) =>
  html`<span class="badge ${tone}"><span class="mark" aria-hidden="true">${mark}</span>${word}</span>`;

/** What hangs over the status: a missing value, or what somebody did about it. */
function notes({ overlays, missing, answer, failingDays }: IndicatorCard): string[] {
  const stale = overlays.includes('stale') ? [`Stale: ${missing ?? 'a value is missing'}`] : [];
  const until = answer?.until ? ` until ${longDay(answer.until)}` : '';
  const word = answer?.kind === 'snoozed' ? 'Snoozed' : 'Acknowledged';
  const answered = answer ? [`${word}${until}${answer.reason === '' ? '' : `: ${answer.reason}`}`] : [];
  const failing = failingDays === null || failingDays === 0 ? [] : [`${counted(failingDays, 'day')} below the promise`];
  return [...stale, ...answered, ...failing];
}

function outlook({ forecast, requiredPace, actualPace, unit, deadline }: IndicatorCard): string[] {
  const heading = forecast
    ? [
        `Heading for ${estimate(forecast.value, unit)} on ${shortDay(deadline)} (${estimate(forecast.low, unit)} to ${estimate(forecast.high, unit)})`,
      ]
    : [];
  const lately = actualPace === null ? '' : `; lately ${signed(actualPace, unit, estimate)}`;
  return [
    ...heading,
    ...(requiredPace === null ? [] : [`Needs ${signed(requiredPace, unit, estimate)} a day${lately}`]),
  ];
}

function sample({ n, interval, unit }: IndicatorCard): string[] {
  const range = interval ? [`95% interval ${estimate(interval.low, unit)} to ${estimate(interval.high, unit)}`] : [];
  return [...range, ...(n === null ? [] : [`n = ${format(n, 'count')}`])];
}

const facts = (card: IndicatorCard) =>
  [
    { name: 'Outlook', text: outlook(card).join('. ') },
    { name: 'Sample', text: sample(card).join(', ') },
    { name: 'Risk', text: card.risk ?? '' },
    { name: 'Mitigation', text: card.mitigation ?? '' },
  ].filter(({ text }) => text !== '');

/** One promise of the plan: its own words, status, value against target, the way there, and who answers for it. */
export function indicatorCard(workspace: string, card: IndicatorCard) {
  const { id, says, status, unit, value, day, target, gap, picture } = card;
  const known = STATUSES.find((one) => one.status === status) ?? STATUSES[5];
  return html`<article class="card ${known.tone}-edge" id="${workspace}/${id}">
    <p class="tags">
      ${badge(known)} ${card.overlays.map((overlay) => html`<span class="badge quiet">${overlay}</span>`)}
      <span class="priority">${card.priority}</span>
    </p>
    <h4>${says}</h4>
    <p class="soft">${card.metric}, ${card.when} <span class="nowrap">(${longDay(card.deadline)})</span></p>
    <dl class="figures">
      <div>
        <dt>Value${day && value !== null && html` <span class="nowrap">on ${shortDay(day)}</span>`}</dt>
        <dd>${value === null ? html`<span class="none">none yet</span>` : format(value, unit)}</dd>
      </div>
      <div>
        <dt>Target</dt>
        <dd>${printed(target)}</dd>
      </div>
      ${
        gap !== null &&
        html`<div>
          <dt>Gap</dt>
          <dd>${signed(gap, unit)}</dd>
        </div>`
      }
    </dl>
    ${sparkline(picture, card.metric, unit)}
    <p class="axis" aria-hidden="true"><span>${shortDay(picture.from)}</span><span>${shortDay(picture.to)}</span></p>
    ${notes(card).map((note) => html`<p class="note">${note}</p>`)}
    <dl class="facts">
      ${facts(card).map(
        ({ name, text }) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
      <div>
        <dt>Responsible</dt>
        <dd>${card.dri}</dd>
      </div>
    </dl>
  </article>`;
}
