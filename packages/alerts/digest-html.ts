import type { Sheet, SheetRow, SheetSection } from '@plumbline/core/sheet';
import { printed, unbroken } from '@plumbline/core/words';
import type { MailDigest } from './digest.ts';
import { footOf } from './digest.ts';
import { COLOURS, INK, SOFT } from './mail-colours.ts';
import type { Html } from './text.ts';
import { markup } from './text.ts';

const cell = (name: string, text: string): Html => markup`
<td class="ink rule num" data-name="${name}" valign="top" style="padding:7px 10px 7px 0;border-top:1px solid #e1e4e9;font-size:13px;line-height:18px;${INK}${text.length <= 14 && ';white-space:nowrap'}">${text}</td>`;

const rowHtml = (row: SheetRow, section: SheetSection, dashboard: string): Html => {
  const { ink, ground } = COLOURS[row.tone];
  const says =
    row.indicator === null
      ? row.says
      : markup`<a class="ink" href="${dashboard}/${row.indicator}" style="${INK};text-decoration:none">${row.says}</a>`;
  return markup`
<tr class="line">
<td class="rule" valign="top" width="86" style="padding:7px 10px 7px 0;border-top:1px solid #e1e4e9"><span class="${row.tone} on-${row.tone}" style="display:inline-block;padding:0 8px;border-radius:999px;background:${ground};color:${ink};font-size:12px;line-height:18px;font-weight:700;white-space:nowrap">${row.word}</span></td>
<td class="ink rule" valign="top" style="padding:7px 10px 7px 0;border-top:1px solid #e1e4e9;font-size:14px;line-height:19px;font-weight:600;${INK}">${says}${row.note !== '' && markup`<div class="soft" style="font-size:12px;line-height:17px;font-weight:400;${SOFT}">${unbroken(row.note)}</div>`}</td>
${cell('Target', printed(row.target))}${cell(section.actual, row.actual)}${cell('DRI', row.dri)}
</tr>`;
};

const heading = (name: string): Html =>
  markup`<th class="soft" align="left" scope="col" style="padding:4px 10px 5px 0;font-size:12px;line-height:16px;font-weight:400;${SOFT}">${name}</th>`;

function sectionHtml(section: SheetSection, { dashboard }: MailDigest): Html {
  const foot = footOf(section);
  return markup`
<h3 class="ink" style="margin:20px 0 2px;font-size:15px;line-height:22px;font-weight:700;${INK}">${section.title}</h3>
${
  section.rows.length > 0 &&
  markup`<table class="sheet" cellpadding="0" cellspacing="0" border="0" width="100%" style="border-collapse:collapse">
<tr class="names">${heading('')}${heading('The plan says')}${heading('Target')}${heading(section.actual)}${heading('DRI')}</tr>
${section.rows.map((row) => rowHtml(row, section, dashboard))}
</table>`
}
${foot !== '' && markup`<div class="soft" style="padding:6px 0 0;font-size:13px;line-height:18px;${SOFT}">${section.more > 0 ? markup`<a class="link" href="${dashboard}" style="color:#2457c5">${foot}</a>` : foot}</div>`}`;
}

/** A digest as one card of a mail's HTML. */
export function digestCard(digest: MailDigest): Html {
  const { title, day, time, about, counts, sections }: Sheet = digest.sheet;
  return markup`
<tr><td class="card" style="padding:24px 28px;background:#ffffff;border:1px solid #e1e4e9;border-radius:12px">
<h2 class="ink" style="margin:0;font-size:20px;line-height:28px;font-weight:700;${INK}">${title}, ${day}, ${time}</h2>
<div class="ink" style="margin:2px 0 0;font-size:15px;line-height:22px;${INK}">${counts}</div>
<div class="soft" style="margin:2px 0 0;font-size:13px;line-height:19px;${SOFT}">${about}</div>
${sections.map((section) => sectionHtml(section, digest))}
<div class="rule" style="margin:20px 0 0;padding:12px 0 0;border-top:1px solid #e1e4e9;font-size:14px;line-height:20px"><a class="link" href="${digest.page}" style="color:#2457c5;margin-right:16px">Open it as a page to print</a> <a class="link" href="${digest.unsubscribe}" style="color:#2457c5">No more digests by mail</a></div>
</td></tr>`;
}
