import { html } from 'hono/html';
import { layout } from './layout.ts';

/** Somebody who gets digests by mail, or no longer does. */
export type DigestReader = {
  token: string;
  title: string;
  workspace: { id: string; name: string };
  /** `Weekly review`: the meetings whose digests are theirs. */
  reviews: readonly string[];
  wants: boolean;
};

const page = (title: string, main: ReturnType<typeof html>) =>
  layout({ title: `${title} · Plumbline`, nav: [], main: html`<div class="act">${main}</div>` });

const about = ({ title, workspace, reviews }: DigestReader) =>
  html`<p class="says">${title}, ${workspace.name}</p>
    ${reviews.length > 0 && html`<p class="soft">${reviews.join(', ')}</p>`}`;

const button = (token: string, digests: 'none' | 'again', words: string) =>
  html`<form method="post" action="/digests">
    <input type="hidden" name="token" value="${token}" />
    <input type="hidden" name="digests" value="${digests}" />
    <button type="submit">${words}</button>
  </form>`;

const AGAIN = 'Mail me digests again';

/** Says what will happen; only its button does it. */
export const digestsPage = (reader: DigestReader) =>
  reader.wants
    ? page(
        'Stop the digests',
        html`<h1>Stop the digests</h1>
          ${about(reader)}
          <p>
            Before a meeting you get a mail with what changed, what is due, and the plan against what is. No more of
            these will be mailed to you. What you are responsible for still reaches you: alerts go on as before.
          </p>
          ${button(reader.token, 'none', 'Mail me no digests')}`,
      )
    : page(
        'You get no digests',
        html`<h1>You get no digests</h1>
          ${about(reader)}
          <p>You asked for none. Alerts still reach you.</p>
          ${button(reader.token, 'again', AGAIN)}`,
      );

export const digestsDonePage = (reader: DigestReader) =>
  page(
    'Done',
    html`<h1>Done</h1>
      ${about(reader)}
      <p>
        ${
          reader.wants
            ? 'From the next meeting on its digest is mailed to you.'
            : 'No more digests will be mailed to you. Alerts still reach you.'
        }
      </p>
      <p><a href="/#${reader.workspace.id}">See the plan on the dashboard</a></p>
      ${!reader.wants && button(reader.token, 'again', AGAIN)}`,
  );
