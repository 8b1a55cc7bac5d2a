import type { Day } from '@plumbline/core/day';
import type { Unreachable } from '@plumbline/core/night';
import { counted, longDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import { badge } from './card-parts.ts';
import { layout } from './layout.ts';
import type { Change } from './model.ts';
import { aboutChange, badgeOf } from './words.ts';

/** One transition: what it is about, who was told by which message, and what was answered. */
export type AlertRow = Change & {
  id: string;
  /** The day that it is about, where that is not the night's own. */
  aboutDay: Day | null;
  /** `message` is the mail service's id of a mail, or ours. */
  told: readonly { text: string; at: string | null; message: string | null; isBad: boolean }[];
  answers: readonly { text: string; at: string }[];
};

/** Four weeks of alerts, the newest night first. */
export type AlertsPage = {
  workspace: { id: string; name: string };
  demo: boolean;
  from: Day;
  to: Day;
  earlier: string | null;
  later: string | null;
  hasRun: boolean;
  unreachable: readonly UnreachableRow[];
  /** `others` are the changes that nobody needs to hear of. */
  nights: readonly { day: Day; alerts: readonly AlertRow[]; others: number }[];
};

export type UnreachableRow = Pick<Unreachable, 'workspace' | 'dri' | 'email' | 'why' | 'reason'> & {
  who: string;
  since: string;
  isFallback: boolean;
};

/** Where a workspace's alerts are, through a night; without one the newest. */
export const alertsHref = (workspace: string, through?: Day): string =>
  `/workspaces/${workspace}/alerts${through === undefined ? '' : `?day=${through}`}`;

export const alertsPage = (page: AlertsPage) => {
  const { workspace, demo, from, to, nights, unreachable } = page;
  return layout({
    title: `Alerts · ${workspace.name}`,
    nav: [{ href: `/#${workspace.id}`, name: workspace.name }],
    main: html`<article class="explained alerts">
      <header>
        <p class="soft">${workspace.name}</p>
        <h1>Alerts <span class="nowrap">of ${longDay(from)}</span> <span class="nowrap">to ${longDay(to)}</span></h1>
        ${demo && html`<p class="demo"><strong>Demo.</strong> These alerts are about demo numbers.</p>`}
      </header>
      ${unreachable.map(unreachableNote)} ${nights.length === 0 && html`<p class="empty">${emptyWords(page)}</p>`}
      ${nights.map(
        ({ day, alerts, others }) =>
          html`<section id="${day}">
            <h2>Night of ${longDay(day)}</h2>
            <ul>
              ${alerts.map((alert) => row(workspace.id, alert))}
            </ul>
            ${others > 0 && html`<p class="soft">${counted(others, 'change')} that nobody needs to hear of</p>`}
          </section>`,
      )}
      ${ways(page)}
    </article>`,
  });
};

const emptyWords = ({ hasRun }: AlertsPage): string =>
  hasRun ? 'Nothing changed in these nights.' : 'No night has run yet.';

const ways = ({ earlier, later }: AlertsPage) =>
  (earlier !== null || later !== null) &&
  html`<nav class="ways" aria-label="Other nights">
    ${earlier !== null && html`<a rel="prev" href="${earlier}">Earlier nights</a>`}
    ${later !== null && html`<a rel="next" href="${later}">Later nights</a>`}
  </nav>`;

const WHY = {
  refused: 'is refused by the mail service',
  bounced: 'sends mails back',
  suppressed: 'is on the mail service’s suppression list',
  complained: 'has marked a mail as spam',
};

/** Who hears instead what is for somebody whom mails don't reach. */
function insteadOf({ why, isFallback }: UnreachableRow): string {
  if (isFallback) return 'This is the fallback DRI: mails are tried all the same, since nobody else would hear of it.';
  return why === 'refused' ? 'The fallback DRI gets each mail that is refused.' : 'The fallback DRI gets these mails.';
}

/** Whose mails don't arrive, and what is to be done. */
export const unreachableNote = (row: UnreachableRow) =>
  html`<p class="note bad-note" role="alert">
    <strong>${row.who} can’t be reached.</strong> ${row.email} ${WHY[row.why]} (${row.since}). ${insteadOf(row)} Correct
    the address in <code>workspace.yaml</code> or, where it works again, run
    <code>npx plumbline reach --workspace ${row.workspace} ${row.dri}</code>.
    <span class="soft">${row.reason}</span>
  </p>`;

function row(workspace: string, alert: AlertRow) {
  const { id, indicator, says, aboutDay, told, answers } = alert;
  const about = [...aboutChange(alert), ...(aboutDay === null ? [] : [`about ${longDay(aboutDay)}`])];
  return html`<li id="${id}">
    <div class="what">
      ${badge(badgeOf(alert))}
      ${indicator === null ? html`<strong>${says}</strong>` : html`<a href="/#${workspace}/${indicator}">${says}</a>`}
    </div>
    <p class="soft">${about.join(' · ')}</p>
    <ul class="told">
      ${told.map(
        ({ text, at, message, isBad }) =>
          html`<li class="${isBad ? 'bad' : ''}">
            ${at !== null && html`<time>${at}</time>`} ${text} ${message !== null && html`<code>${message}</code>`}
          </li>`,
      )}
      ${answers.map(({ text, at }) => html`<li class="answer"><time>${at}</time> ${text}</li>`)}
    </ul>
    <p class="id"><code>${id}</code></p>
  </li>`;
}
