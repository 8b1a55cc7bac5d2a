import { estimate, signed } from '@plumbline/core/unit';
import { counted, longDay, printed } from '@plumbline/core/words';
import { html } from 'hono/html';
import { badge, drawn, explainedLink, facts, figure, heading, newest, sample } from './card-parts.ts';
import type { IndicatorCard } from './model.ts';
import { STATUSES } from './words.ts';

/** What hangs over the status: a missing value, or what somebody did about it. */
function notes({ overlays, missing, answer, failingDays }: IndicatorCard): string[] {
  const stale = overlays.includes('stale') ? [`Stale: ${missing ?? 'a value is missing'}`] : [];
  const until = answer?.until ? ` until ${longDay(answer.until)}` : '';
  const word = answer?.kind === 'snoozed' ? 'Snoozed' : 'Acknowledged';
  const answered = answer ? [`${word}${until}${answer.reason === '' ? '' : `: ${answer.reason}`}`] : [];
  const failing =
    failingDays === null || failingDays === 0 ? [] : [`${counted(failingDays, 'day')} outside the promise`];
  return [...stale, ...answered, ...failing];
}

function outlook(card: IndicatorCard): string {
  const { requiredPace, actualPace, unit, forecastDay } = card;
  const lately = actualPace === null ? '' : `; lately ${signed(actualPace, unit, estimate)}`;
  const needs = requiredPace === 0 ? 'There already' : `Needs ${signed(requiredPace ?? 0, unit, estimate)} a day`;
  const pace = requiredPace === null ? '' : `${needs}${lately}`;
  return [heading(card, forecastDay), pace].filter(Boolean).join('. ');
}

/** One promise of the plan: its own words, status, value against target, the way there, and who answers for it. */
export function indicatorCard(workspace: string, card: IndicatorCard) {
  const { id, says, status, unit, target, gap } = card;
  const known = STATUSES.find((one) => one.status === status) ?? STATUSES[5];
  return html`<article class="card ${known.tone}-edge" id="${workspace}/${id}">
    <p class="tags">
      ${badge(known)} ${card.overlays.map((overlay) => html`<span class="badge quiet">${overlay}</span>`)}
      <span class="priority">${card.priority}</span>
    </p>
    <h4>${says}</h4>
    <p class="soft">${explainedLink(card)}, ${card.when} <span class="nowrap">(${longDay(card.deadline)})</span></p>
    <dl class="figures">
      ${newest(card)} ${figure('Target', printed(target))} ${gap !== null && figure('Gap', signed(gap, unit))}
    </dl>
    ${drawn(card)} ${notes(card).map((note) => html`<p class="note">${note}</p>`)}
    ${facts({
      Outlook: outlook(card),
      'Error budget': card.errorBudget ?? '',
      Sample: sample(card),
      Risk: card.risk ?? '',
      Mitigation: card.mitigation ?? '',
      Responsible: card.dri,
    })}
  </article>`;
}
