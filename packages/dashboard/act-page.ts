import type { Day } from '@plumbline/core/day';
import { longDay } from '@plumbline/core/words';
import { html } from 'hono/html';
import { layout } from './layout.ts';

/** What a mail's link is about: the alert, and what may be done about it. */
export type ActForm = {
  action: 'acknowledge' | 'snooze';
  token: string;
  /** It is at risk and not missed yet, so there is no reminder to end. */
  isRisk: boolean;
  says: string;
  about: string;
  reason: string;
  /** Snoozing: the day that is proposed, and the first and last that are allowed. */
  until: { proposed: string; first: Day; last: Day } | null;
  problem: string | null;
};

const page = (title: string, main: ReturnType<typeof html>) =>
  layout({ title: `${title} · Plumbline`, nav: [], main: html`<div class="act">${main}</div>` });

const WORDS = {
  acknowledge: {
    title: 'Acknowledge this alert',
    effect: 'You say that you know of it. No reminder will follow for this miss.',
    ofRisk: 'You say that you know of it. Should it be missed, you will hear of that all the same.',
    reason: 'What are you doing about it?',
    button: 'Acknowledge',
  },
  snooze: {
    title: 'Snooze this alert',
    effect:
      'Until the end of the day that you choose you hear of no risk and no reminder of it; of a miss, a correction or a recovery you do. If it is still bad after that day, you will hear of it once more.',
    reason: 'Why wait? (optional)',
    button: 'Snooze',
  },
};

/** Says what will happen; only its button does it. */
export function actPage(form: ActForm) {
  const words = WORDS[form.action];
  const effect = form.action === 'acknowledge' && form.isRisk ? WORDS.acknowledge.ofRisk : words.effect;
  return page(
    words.title,
    html`<h1>${words.title}</h1>
      <p class="says">${form.says}</p>
      <p class="soft">${form.about}</p>
      <p>${effect}</p>
      ${form.problem !== null && html`<p class="note" role="alert">${form.problem}</p>`}
      <form method="post" action="/act">
        <input type="hidden" name="token" value="${form.token}" />
        ${
          form.until &&
          html`<label for="until">Until the end of</label>
            <input
              id="until"
              name="until"
              type="date"
              required
              value="${form.until.proposed}"
              min="${form.until.first}"
              max="${form.until.last}"
            />`
        }
        <label for="reason">${words.reason}</label>
        <textarea id="reason" name="reason" rows="3" maxlength="500" ${form.action === 'acknowledge' ? 'required' : ''}>
${form.reason}</textarea>
        <button type="submit">${words.button}</button>
      </form>`,
  );
}

export const donePage = (done: { kind: 'acknowledged' | 'snoozed'; says: string; until: Day | null; href: string }) =>
  page(
    'Done',
    html`<h1>Done</h1>
      <p class="says">${done.says}</p>
      <p>It is ${done.kind}${done.until ? ` until the end of ${longDay(done.until)}` : ''}.</p>
      <p><a href="${done.href}">See it on the dashboard</a></p>`,
  );

/** A link that does nothing any more, or never did. */
export const deadLinkPage = (why: 'expired' | 'invalid') =>
  page(
    'This link does nothing',
    html`<h1>${why === 'expired' ? 'This link has run out' : 'This link is not valid'}</h1>
      <p>
        ${
          why === 'expired'
            ? 'Links in mails work for a limited time, and for whoever they were mailed to. The next mail brings new ones.'
            : 'It may have been cut off on its way. Try to open it from the mail once more, or copy the whole address.'
        }
      </p>
      <p>Nothing was changed. <a href="/">Open the dashboard</a></p>`,
  );
