import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { style } from './style.ts';

/** Changes with the style, so that browsers may keep it for good. */
const styleAddress = `/style.css?v=${createHash('sha256').update(style).digest('hex').slice(0, 12)}`;

const PLUMB =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M8 0v7" stroke="#8a919c" stroke-width="1.5"/><path d="M4.5 7h7L8 16z" fill="#3b6fd4"/></svg>';
const ICON = `data:image/svg+xml,${encodeURIComponent(PLUMB)}`;

type Inner = ReturnType<typeof html>;

/** The frame of every page: head, name, ways to its parts. */
export const layout = ({
  title,
  nav,
  main,
}: {
  title: string;
  nav: readonly { href: string; name: string }[];
  main: Inner;
}) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="${styleAddress}" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div>
            <a class="brand" href="/">${raw(PLUMB.replace('<svg', '<svg aria-hidden="true"'))}Plumbline</a>
            ${nav.length > 0 && html`<nav aria-label="Workspaces">${nav.map(({ href, name }) => html`<a href="${href}">${name}</a>`)}</nav>`}
          </div>
        </header>
        <main id="main">${main}</main>
      </body>
    </html> `;
