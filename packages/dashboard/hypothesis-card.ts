import { counted, longDay, printed, shortDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import { badge, drawn, explainedLink, facts, figure, heading, newest, sample } from './card-parts.ts';
import type { HypothesisCard } from './model.ts';
import { HYPOTHESES } from './words.ts';

/** How long it still takes, in words. */
function progress({ status, daysLeft, end }: HypothesisCard): string {
  if (daysLeft === null) return `ended ${shortDay(end)}`;
  if (status === 'not_due') return `begins in ${counted(daysLeft, 'day')}`;
  return daysLeft > 0 ? `${counted(daysLeft, 'day')} left` : 'its last value is awaited';
}

/** What the plan supposes: its own words, how it was decided or where it stands against both bounds, and who answers for it. */
export function hypothesisCard(workspace: string, card: HypothesisCard) {
  const { id, says, status, go, pivot, start, end, missing } = card;
  const known = HYPOTHESES[status];
  return html`<article class="card ${known.tone}-edge" id="${workspace}/${id}">
    <p class="tags">
      ${badge(known)} ${missing !== null && html`<span class="badge quiet">stale</span>`}
      <span class="priority">${progress(card)}</span>
    </p>
    <h4>${says}</h4>
    <p class="soft">${explainedLink(card)}, ${shortDay(start)} <span class="nowrap">to ${longDay(end)}</span></p>
    <dl class="figures">${newest(card)} ${figure('Go', printed(go))} ${figure('Pivot', printed(pivot))}</dl>
    ${drawn(card)} ${missing !== null && html`<p class="note">Stale: ${missing}</p>`}
    ${facts({ Expected: card.expected, Outlook: heading(card, end), Sample: sample(card), Responsible: card.dri })}
  </article>`;
}
