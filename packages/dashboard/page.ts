import { PRIORITIES } from '@plumbline/core/status';
import { counted, longDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import { alertsHref, unreachableNote } from './alerts-page.ts';
import { badge } from './card-parts.ts';
import { indicatorCard } from './card.ts';
import { hypothesisCard } from './hypothesis-card.ts';
import { layout } from './layout.ts';
import type { Change, IndicatorCard, LastNight, MailRow, Page, WorkspaceSection } from './model.ts';
import { aboutChange, badgeOf, STATUSES } from './words.ts';

/** Mails shown at once; the others are a click away. */
const MAILS_SHOWN = 6;

const SOURCE_STATES = {
  ok: { word: 'came in', tone: 'good', mark: '✓' },
  failed: { word: 'failed', tone: 'bad', mark: '✕' },
  awaited: { word: 'awaited', tone: 'warn', mark: '…' },
} as const;

/** The whole dashboard: every workspace that the reader may see, on one page. */
export function dashboardPage({ workspaces }: Page) {
  return layout({
    title: workspaces.length === 1 ? `${workspaces[0]?.name} · Plumbline` : 'Plumbline',
    nav: workspaces.map(({ id, name }) => ({ href: `#${id}`, name })),
    main: html`<h1 class="unseen">Plans and how they stand</h1>
      ${workspaces.map(section)} ${workspaces.length === 0 && html`<p>There is no workspace to see here.</p>`}
      <p class="legend">
        In the pictures the solid line is what was measured, the dashed one is where the plan wants it, and the shaded
        days are the ones that are judged. A hypothesis has its go dashed and its pivot dotted.
      </p>`,
  });
}

function section(workspace: WorkspaceSection) {
  const { id, name, demo, plan, night, late, indicators } = workspace;
  return html`<section class="workspace" id="${id}" aria-labelledby="${id}--name">
    <header>
      <h2 id="${id}--name">${name}</h2>
      ${late.length > 0 && html`<p class="late" role="alert"><strong>${late.join('. ')}.</strong></p>`}
      ${plan && html`<p class="soft">${plan.title} · ${longDay(plan.from)} to ${longDay(plan.to)}</p>`}
      ${demo && html`<p class="demo"><strong>Demo.</strong> These numbers come from demo providers.</p>`}
      ${workspace.unreachable.map(unreachableNote)} ${counts(id, indicators)} ${reviewLinks(workspace)}
    </header>
    <div class="columns">${lastNight(night)} ${changed(workspace)}</div>
    ${indicators.length === 0 && html`<p class="empty">${nothingJudged(workspace)}</p>`} ${hypothesisGroup(workspace)}
    ${STATUSES.map((group) => indicatorGroup(id, group, indicators))} ${mailList(workspace)}
  </section>`;
}

const reviewLinks = ({ reviews }: WorkspaceSection) =>
  reviews.length > 0 &&
  html`<p class="reviews">
    Reviews: ${reviews.map(({ href, name, day }) => html`<a href="${href}">${name} of ${longDay(day)}</a> `)}
  </p>`;

const nothingJudged = ({ plan }: WorkspaceSection): string =>
  plan
    ? 'No night has been judged yet. The plan shows up here after the first one.'
    : 'There is no plan here, so there is nothing to judge.';

const counts = (id: string, indicators: readonly IndicatorCard[]) =>
  html`<ul class="counts" aria-label="Indicators by status">
    ${STATUSES.map(({ status, word, tone, mark }) => {
      const count = indicators.filter((one) => one.status === status).length;
      const inside = html`<span class="number">${count}</span>
        <span class="word"><span class="mark" aria-hidden="true">${mark}</span>${word}</span>`;
      return html`<li class="${count === 0 ? 'quiet' : tone}">
        ${count === 0 ? html`<span>${inside}</span>` : html`<a href="#${id}--${status}">${inside}</a>`}
      </li>`;
    })}
  </ul>`;

function lastNight(night: LastNight | null) {
  if (!night)
    return html`<section>
      <h3>Last night</h3>
      <p class="empty">No night has run yet.</p>
    </section>`;
  const { day, closed, sources } = night;
  return html`<section>
    <h3>Last night: ${longDay(day)}</h3>
    <p class="soft">${closed === null ? 'Still open: some sources are awaited.' : `Closed ${closed}.`}</p>
    <ul class="sources">
      ${sources.map(
        ({ name, state, detail }) =>
          html`<li>
            <span class="name">${name}</span> ${badge(SOURCE_STATES[state])}
            ${detail !== null && html`<span class="soft">${detail}</span>`}
          </li>`,
      )}
    </ul>
  </section>`;
}

const changed = ({ id, changes }: WorkspaceSection) =>
  html`<section>
    <h3>What changed last night</h3>
    ${
      changes.length === 0
        ? html`<p class="empty">Nothing: every status is as it was.</p>`
        : html`<ul class="changes">
            ${changes.toSorted((a, b) => weight(a) - weight(b)).map((change) => changeRow(id, change))}
          </ul>`
    }
    <p class="soft"><a href="${alertsHref(id)}">All alerts: who was told what, and what was done</a></p>
  </section>`;

const TONES = ['bad', 'warn', 'quiet', 'calm', 'good'];
const weight = (change: Change): number => TONES.indexOf(badgeOf(change).tone);

function changeRow(id: string, change: Change) {
  const { indicator, says } = change;
  return html`<li>
    ${badge(badgeOf(change))}
    <span>${indicator === null ? says : html`<a href="#${id}/${indicator}">${says}</a>`}</span>
    <span class="soft">${aboutChange(change).join(' · ')}</span>
  </li>`;
}

const rank = ({ priority }: IndicatorCard): number => PRIORITIES.indexOf(priority);

function hypothesisGroup({ id, hypotheses }: WorkspaceSection) {
  if (hypotheses.length === 0) return '';
  return html`<details class="group" id="${id}--hypotheses" open>
    <summary>
      <h3>Hypotheses</h3>
      <span class="soft">${counted(hypotheses.length, 'hypothesis', 'hypotheses')}</span>
    </summary>
    <div class="cards">${hypotheses.map((card) => hypothesisCard(id, card))}</div>
  </details>`;
}

function indicatorGroup(id: string, group: (typeof STATUSES)[number], indicators: readonly IndicatorCard[]) {
  const { status, word, open } = group;
  const cards = indicators
    .filter((one) => one.status === status)
    .toSorted((a, b) => rank(a) - rank(b) || a.deadline.localeCompare(b.deadline));
  if (cards.length === 0) return '';
  return html`<details class="group" id="${id}--${status}" ${open ? 'open' : ''}>
    <summary>
      <h3>${word}</h3>
      <span class="soft">${counted(cards.length, 'indicator')}</span>
    </summary>
    <div class="cards">${cards.map((card) => indicatorCard(id, card))}</div>
  </details>`;
}

const MAIL_STATES = { sent: '', claimed: 'being sent', failed: 'not delivered' };

const mailTable = (name: string, mails: readonly MailRow[]) =>
  html`<table>
    <caption class="unseen">
      ${name}
    </caption>
    <thead>
      <tr>
        <th scope="col">Time</th>
        <th scope="col">To</th>
        <th scope="col">Subject</th>
      </tr>
    </thead>
    <tbody>
      ${mails.map(
        ({ at, time, to, subject, state }) =>
          html`<tr>
            <td><time datetime="${at}">${time}</time></td>
            <td>${to}</td>
            <td>${subject} ${state !== 'sent' && html`<span class="badge warn">${MAIL_STATES[state]}</span>`}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

function mailList({ mails }: WorkspaceSection) {
  const earlier = mails.slice(MAILS_SHOWN);
  return html`<section class="mails">
    <h3>Mails that were sent</h3>
    ${
      mails.length === 0
        ? html`<p class="empty">None yet.</p>`
        : mailTable('Mails, newest first', mails.slice(0, MAILS_SHOWN))
    }
    ${
      earlier.length > 0 &&
      html`<details class="more">
        <summary>${counted(earlier.length, 'earlier mail')}</summary>
        ${mailTable('Earlier mails, newest first', earlier)}
      </details>`
    }
  </section>`;
}
