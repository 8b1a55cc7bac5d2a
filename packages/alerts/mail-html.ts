import type { Tone } from '@plumbline/core/words';
import { capital, counted, unbroken } from '@plumbline/core/words';
import type { Attachment } from './channel.ts';
import { digestCard } from './digest-html.ts';
import type { MailInput, MailItem } from './mail.ts';
import { COLOURS, INK, SOFT } from './mail-colours.ts';
import type { Action, Words } from './mail-words.ts';
import { actionsOf, becauseOf, headlineOf, noticesOf, subjectOf, wordsOf } from './mail-words.ts';
import { Html, markup, plain } from './text.ts';

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const STYLE = new Html(`
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) {
  .card { padding: 20px 16px !important; }
  .big { font-size: 22px !important; line-height: 30px !important; }
  .figure { display: inline-block !important; padding-right: 16px !important; }
  .sheet, .sheet tbody, .sheet .line { display: block !important; }
  .sheet .names { display: none !important; }
  .sheet td { display: inline-block !important; border: 0 !important; padding: 1px 14px 1px 0 !important; }
  .sheet td + td { display: block !important; }
  .sheet .num { display: inline-block !important; }
  .sheet .num::before { content: attr(data-name) ' '; color: #5b6472; }
  .sheet .num:empty { display: none !important; }
  .sheet .line { border-top: 1px solid #e1e4e9; padding: 8px 0 !important; }
}
@media (prefers-color-scheme: dark) {
  .page { background: #0e1116 !important; }
  .card { background: #171b22 !important; border-color: #2a303a !important; }
  .ink { color: #eef1f5 !important; }
  .soft { color: #a3acb9 !important; }
  .rule { border-color: #2a303a !important; }
  .bad { color: #ff9b93 !important; } .on-bad { background: #3d1d1c !important; }
  .warn { color: #f3bd6b !important; } .on-warn { background: #39290f !important; }
  .good { color: #74d6a0 !important; } .on-good { background: #133022 !important; }
  .calm { color: #9dbdff !important; } .on-calm { background: #1b2a47 !important; }
  .quiet { color: #b4bcc8 !important; } .on-quiet { background: #272d36 !important; }
  .button { background: #eef1f5 !important; border-color: #eef1f5 !important; color: #14171c !important; }
  .plain-button { background: #171b22 !important; border-color: #47505d !important; color: #eef1f5 !important; }
  .link { color: #8ab4ff !important; }
  .sheet .line { border-color: #2a303a !important; }
  .sheet .num::before { color: #a3acb9 !important; }
}`);

const TABLE = new Html('role="presentation" cellpadding="0" cellspacing="0" border="0"');
const GAP = markup`<tr><td height="16" style="height:16px;font-size:0;line-height:0">&nbsp;</td></tr>`;

function figures({ value, target, bounds, gap, tone }: Words): Html {
  const large = `${value ?? ''}${target}${gap ?? ''}`.length <= 18;
  const size = large ? 'font-size:30px;line-height:38px' : 'font-size:22px;line-height:30px';
  const figure = (name: string, text: string, of: Tone | null): Html => markup`
<td class="figure" valign="top" style="padding:0 28px 0 0">
<div class="soft" style="font-size:12px;line-height:18px;${SOFT}">${name}</div>
<div class="big ${of ?? 'ink'}" style="${size};font-weight:700;${of ? `color:${COLOURS[of].ink}` : INK}${text.length <= 14 && ';white-space:nowrap'}">${text}</div>
</td>`;
  return markup`<table ${TABLE} style="margin:16px 0 0"><tr>
${figure('Value', value ?? 'none', value === null ? 'quiet' : tone)}${bounds.map(({ name, text }) => figure(name, text, null))}${gap !== null && figure('Gap', gap, tone)}
</tr></table>`;
}

const fact = ({ name, text }: { name: string; text: string }): Html => markup`
<tr><td class="soft" valign="top" width="150" style="padding:4px 12px 4px 0;font-size:14px;line-height:20px;${SOFT}">${name}</td>
<td class="ink" valign="top" style="padding:4px 0;font-size:14px;line-height:20px;${INK}">${text}</td></tr>`;

function button({ name, href }: Action, index: number): Html {
  const look =
    index === 0
      ? { name: 'button', style: 'background:#1d2530;border:1px solid #1d2530;color:#ffffff' }
      : { name: 'plain-button', style: 'background:#ffffff;border:1px solid #c9ced6;color:#1d2530' };
  return markup`<td style="padding:0 8px 0 0"><a class="${look.name}" href="${href}" style="display:inline-block;padding:9px 16px;border-radius:8px;${look.style};font-size:14px;line-height:20px;font-weight:600;text-decoration:none">${name}</a></td>`;
}

const link = ({ name, href }: Action): Html =>
  markup`<a class="link" href="${href}" style="color:#2457c5;margin-right:16px">${name}</a> `;

const pictureRow = ({ cid, alt }: Attachment, { transition }: MailItem): Html => markup`
<img src="cid:${cid}" width="540" alt="${alt}" style="display:block;width:100%;max-width:540px;height:auto;margin:16px 0 0;border:0">
<div class="soft" style="margin:4px 0 0;font-size:12px;line-height:18px;${SOFT}"><span style="color:#3b82f6">&#9679;</span> measured &nbsp; <span style="color:#e08a1e;font-weight:700">- -</span> ${transition.hypothesis ? markup`go &nbsp; <span style="color:#c2410c;font-weight:700">&middot;&middot;&middot;</span> pivot` : 'the plan’s line'}</div>`;

function card(item: MailItem, picture: Attachment | undefined): Html {
  const words = wordsOf(item);
  const { tone, says, cameFrom } = words;
  const actions = actionsOf(item);
  const acts = actions.filter(({ isAct }) => isAct);
  const looks = actions.filter(({ isAct }) => !isAct);
  return markup`
<tr><td class="card" style="padding:24px 28px;background:#ffffff;border:1px solid #e1e4e9;border-radius:12px">
<div><span class="${tone} on-${tone}" style="display:inline-block;padding:2px 10px;border-radius:999px;background:${COLOURS[tone].ground};color:${COLOURS[tone].ink};font-size:13px;line-height:20px;font-weight:700">${words.label}</span></div>
<h2 class="ink" style="margin:10px 0 0;font-size:20px;line-height:28px;font-weight:700;${INK}">${words.title}</h2>
${says !== '' && markup`<div class="soft" style="margin:2px 0 0;font-size:14px;line-height:20px;${SOFT}">The plan says: “${says}”</div>`}
${words.target !== '' && figures(words)}
<p class="ink" style="margin:12px 0 0;font-size:15px;line-height:22px;${INK}">${words.sentence}</p>
${picture && pictureRow(picture, item)}
${words.facts.length > 0 && markup`<table ${TABLE} width="100%" style="margin:14px 0 0">${words.facts.map(fact)}</table>`}
${acts.length > 0 && markup`<table ${TABLE} style="margin:18px 0 0"><tr>${acts.map(button)}</tr></table>`}
${(cameFrom !== null || looks.length > 0) && markup`<div class="soft rule" style="margin:18px 0 0;padding:12px 0 0;border-top:1px solid #e1e4e9;font-size:13px;line-height:20px;${SOFT}">${cameFrom !== null && markup`<div>Number from: ${cameFrom}</div>`}${looks.map(link)}</div>`}
</td></tr>
${GAP}`;
}

const notice = (text: string): Html =>
  markup`<tr><td class="quiet on-quiet" style="padding:10px 16px;border-radius:8px;background:#eceef1;color:#4b5563;font-size:13px;line-height:20px">${text}</td></tr>${GAP}`;

/** An item on one line, where a mail has no room for it as a card. */
function line(item: MailItem): Html {
  const { label, tone, title, value, target, gap } = wordsOf(item);
  const numbers = [value, target && `vs ${target}`, gap && `(${gap})`].filter(Boolean);
  const { indicator } = item.links;
  return markup`
<div class="ink" style="margin:8px 0 0;font-size:14px;line-height:20px;${INK}"><span class="${tone} on-${tone}" style="padding:1px 8px;border-radius:999px;background:${COLOURS[tone].ground};color:${COLOURS[tone].ink};font-size:12px;font-weight:700">${label}</span> ${
    indicator === undefined
      ? title
      : markup`<a class="link" href="${plain(indicator)}" style="color:#2457c5">${title}</a>`
  }${numbers.length > 0 && markup`: ${unbroken(numbers.join(' '))}`}</div>`;
}

const shortCard = (lines: readonly Html[], left: number): Html => markup`
<tr><td class="card" style="padding:24px 28px;background:#ffffff;border:1px solid #e1e4e9;border-radius:12px">
<h2 class="ink" style="margin:0;font-size:17px;line-height:24px;font-weight:700;${INK}">${counted(lines.length + left, 'more', 'more')}, in short</h2>
${lines}${left > 0 && markup`<div class="soft" style="margin:8px 0 0;font-size:14px;line-height:20px;${SOFT}">and ${left} that the dashboard shows</div>`}
</td></tr>
${GAP}`;

const sizeOf = (pieces: readonly Html[]): number => pieces.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);

/** The items as cards, as many of the worst as there is room for, and the others a line each. */
function fitted(cards: readonly Html[], lines: readonly Html[], room: number): Html[] {
  for (let whole = cards.length; whole >= 0; whole -= 1) {
    const [first, others] = [cards.slice(0, whole), lines.slice(whole)];
    const parts = others.length > 0 ? [...first, shortCard(others, 0)] : first;
    if (sizeOf(parts) <= room) return parts;
  }
  const fits = lines.findIndex((_, index) => sizeOf([shortCard(lines.slice(0, index + 1), lines.length)]) > room);
  return [shortCard(lines.slice(0, fits), lines.length - fits)];
}

/** Titles behind the subject, which a list of mails shows of an unopened one. */
const PREVIEWED = 8;

// Gmail cuts off what is beyond 102 KB, and with it the last links.
const MOST_BYTES = 100_000;

/** The HTML part: tables and inline styles for plain programs, dark colours for those that follow the reader's scheme. At most 100 KB. */
export function mailHtml(input: MailInput, pictures: ReadonlyMap<MailItem, Attachment>): string {
  const cards = input.items.map((item) => card(item, pictures.get(item)));
  const room = MOST_BYTES - sizeOf([frame(input, [])]);
  return frame(input, fitted(cards, input.items.map(line), room)).text;
}

function frame(input: MailInput, body: readonly Html[]): Html {
  const { workspace, items, dashboardUrl, digest } = input;
  const titles = items.slice(0, PREVIEWED).map((item) => wordsOf(item).title);
  const preview = [...(digest ? [digest.sheet.counts] : []), ...titles].join(', ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${subjectOf(input)}</title>
<style>${STYLE}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6;${FONT}">
<div style="display:none;max-height:0;overflow:hidden">${preview}</div>
<table ${TABLE} class="page" width="100%" style="background:#f3f4f6"><tr><td align="center" style="padding:24px 12px;${FONT}">
<table ${TABLE} width="600" style="width:100%;max-width:600px;text-align:left">
<tr><td style="padding:0 4px 16px">
<h1 class="ink" style="margin:0;font-size:17px;line-height:24px;font-weight:700;${INK}">${workspace.name}</h1>
<div class="soft" style="font-size:14px;line-height:20px;${SOFT}">${capital(headlineOf(input))}</div>
</td></tr>
${noticesOf(input).map(notice)}
${body}
${digest && markup`${digestCard(digest)}${GAP}`}
<tr><td class="soft" style="padding:4px;font-size:13px;line-height:20px;${SOFT}">
<a class="link" href="${dashboardUrl}" style="color:#2457c5">Open the dashboard</a><br>${becauseOf(input)}
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}
