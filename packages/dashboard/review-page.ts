import type { Sheet, SheetRow, SheetSection } from '@plumbline/core/sheet';
import { printed, unbroken } from '@plumbline/core/words';
import { html } from 'hono/html';
import { layout } from './layout.ts';

/** A meeting's digest as a page that prints on one sheet. */
export type ReviewPage = {
  workspace: { id: string; name: string; demo: boolean };
  plan: string;
  sheet: Sheet;
  /** The meetings before and after it, and the plan's other reviews. */
  ways: readonly { href: string; name: string }[];
};

export const reviewPage = ({ workspace, plan, sheet, ways }: ReviewPage) =>
  layout({
    title: `${sheet.title}, ${sheet.day} · ${workspace.name}`,
    nav: [{ href: `/#${workspace.id}`, name: workspace.name }, ...ways],
    main: html`<article class="sheet">
      <header>
        <h1>${sheet.title}, <span class="nowrap">${sheet.day},</span> ${sheet.time}</h1>
        <p class="soft">${workspace.name} · ${plan}</p>
        <p><strong>${sheet.counts}</strong> <span class="soft">${sheet.about}</span></p>
        ${workspace.demo && html`<p class="demo"><strong>Demo.</strong> These numbers come from demo providers.</p>`}
      </header>
      ${sheet.sections.map((one) => section(workspace.id, one))}
    </article>`,
  });

const section = (workspace: string, { id, title, actual, rows, more, empty }: SheetSection) =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${
      rows.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col"><span class="unseen">Status</span></th>
                <th scope="col">The plan says</th>
                <th scope="col">Target</th>
                <th scope="col">${actual}</th>
                <th scope="col">DRI</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map((row) => line(workspace, row, actual))}
            </tbody>
          </table>`
    }
    ${more > 0 && html`<p class="more"><a href="/#${workspace}">and ${more} more</a></p>`}
  </section>`;

const line = (workspace: string, row: SheetRow, actual: string) =>
  html`<tr>
    <td><span class="badge ${row.tone}">${row.word}</span></td>
    <td>
      ${row.indicator === null ? row.says : html`<a href="/#${workspace}/${row.indicator}">${row.says}</a>`}
      ${row.note !== '' && html`<small>${unbroken(row.note)}</small>`}
    </td>
    <td data-name="Target">${printed(row.target)}</td>
    <td data-name="${actual}">${row.actual}</td>
    <td data-name="DRI">${row.dri}</td>
  </tr>`;
