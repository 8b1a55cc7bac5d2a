import { alertsStyle } from './alerts-style.ts';
import { metricStyle } from './metric-style.ts';
import { sheetStyle } from './sheet-style.ts';

/** The page's look: one sheet, light and dark by the reader's own setting, nothing from elsewhere. All text keeps a contrast of 4.5. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --line: #e2e2dc; --ink: #1c1f24; --soft: #5a616c; --accent: #2a5bc0;
  --bad: #a8281f; --bad-ground: #fbe9e7; --warn: #7d4d00; --warn-ground: #fcf0d9; --good: #176239; --good-ground: #e2f3e9;
  --calm: #24509f; --calm-ground: #e6eefb; --quiet: #565c66; --quiet-ground: #ececea;
  --series: #2f6bd8; --plan: #c06f12; --judged: rgb(192 111 18 / 11%); --shadow: 0 1px 2px rgb(20 24 30 / 5%);
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #101318; --card: #181c23; --line: #2b313b; --ink: #e9ecf1; --soft: #a3abb8; --accent: #8db4ff;
    --bad: #ff9f97; --bad-ground: #3c1f1e; --warn: #f2c06f; --warn-ground: #38290f; --good: #7fd9a8; --good-ground: #143023;
    --calm: #9dbdff; --calm-ground: #1b2a47; --quiet: #b3bbc7; --quiet-ground: #272d37;
    --series: #79a8ff; --plan: #e8a44e; --judged: rgb(232 164 78 / 14%); --shadow: none;
  }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; scroll-padding-top: 72px; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere; }
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
h2 { font-size: clamp(1.6rem, 1.2rem + 1.6vw, 2.2rem); line-height: 1.2; font-weight: 700; letter-spacing: -0.02em; text-wrap: balance; }
h3 { font-size: 1.125rem; line-height: 1.35; font-weight: 650; letter-spacing: -0.005em; }
h4 { font-size: 1.0625rem; line-height: 1.35; font-weight: 650; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.soft { color: var(--soft); font-size: 0.9rem; }
.nowrap { white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100vw; top: 0; padding: 8px 16px; background: var(--card); z-index: 2; }
.skip:focus { left: 0; }

.top { position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 1px solid var(--line); }
.top > div, main { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
.top > div { display: flex; align-items: center; gap: 8px 24px; min-height: 56px; }
.brand { flex: none; display: inline-flex; white-space: nowrap; align-items: center; gap: 8px; font-weight: 700; letter-spacing: -0.01em; color: var(--ink); text-decoration: none; }
.brand svg { width: 18px; height: 18px; }
.top nav { display: flex; gap: 4px 20px; margin-left: auto; overflow-x: auto; font-size: 0.9375rem; white-space: nowrap; }
.top nav a { color: var(--soft); text-decoration: none; padding: 6px 0; }
.top nav a:hover { color: var(--ink); text-decoration: underline; }

.workspace { padding: 40px 0 24px; }
.workspace + .workspace { border-top: 1px solid var(--line); }
.workspace > header > .soft { margin-top: 6px; font-size: 1rem; }
.late { margin-top: 14px; padding: 6px 12px; border-radius: 8px; background: var(--bad-ground); color: var(--bad); }
.demo { display: inline-block; margin-top: 14px; padding: 6px 12px; border-radius: 8px; background: var(--warn-ground); color: var(--warn); font-size: 0.9rem; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; margin-top: 24px; }
.counts li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.counts li > * { display: block; padding: 12px 16px 12px; border-radius: 11px; color: inherit; text-decoration: none; }
.counts a:hover { background: var(--page); }
.counts .number { display: block; font-size: 1.875rem; line-height: 1.15; font-weight: 700; font-variant-numeric: tabular-nums; letter-spacing: -0.02em; }
.counts .word { font-size: 0.9rem; font-weight: 550; white-space: nowrap; }
.reviews { margin-top: 14px; font-size: 0.9375rem; }
.reviews a { display: inline-block; margin: 0 6px; }
.mark { display: inline-block; min-width: 1.15em; font-weight: 700; }
.bad { color: var(--bad); } .warn { color: var(--warn); } .good { color: var(--good); } .calm { color: var(--calm); } .quiet { color: var(--quiet); }

.badge { display: inline-block; padding: 1px 9px 1px 7px; border-radius: 999px; font-size: 0.8125rem; line-height: 1.5; font-weight: 650; white-space: nowrap; }
.badge.bad { background: var(--bad-ground); } .badge.warn { background: var(--warn-ground); } .badge.good { background: var(--good-ground); }
.badge.calm { background: var(--calm-ground); } .badge.quiet { background: var(--quiet-ground); padding-left: 9px; }

.columns { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 16px; margin: 16px 0 32px; align-items: start; }
.columns > section, .mails { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; box-shadow: var(--shadow); }
.empty { color: var(--soft); margin-top: 6px; }
.sources, .changes { margin-top: 10px; }
.sources li, .changes li { padding: 8px 0; border-top: 1px solid var(--line); }
.sources li:first-child, .changes li:first-child { border-top: 0; }
.sources li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; }
.sources .name { flex: 1; font-weight: 550; }
.sources .soft { flex-basis: 100%; }
.changes li { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 0 12px; align-items: baseline; }
.changes .badge { justify-self: start; }
.changes .soft { grid-column: 2; }

.group { margin: 0 0 28px; }
.group:not([open]) { margin-bottom: 4px; }
.group:last-of-type { margin-bottom: 24px; }
.group summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 12px; padding: 6px 0 12px; cursor: pointer; list-style: none; }
.group summary::-webkit-details-marker { display: none; }
.group summary::before { content: '▸'; color: var(--soft); width: 0.8em; font-size: 0.9rem; }
.group[open] summary::before { content: '▾'; }
.group summary h3 { font-size: 1.3125rem; letter-spacing: -0.01em; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 16px; }
.card { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 20px 18px; box-shadow: var(--shadow); }
.card:target { outline: 3px solid var(--accent); outline-offset: 1px; }
.bad-edge { border-top: 3px solid var(--bad); } .warn-edge { border-top: 3px solid var(--plan); }
.tags { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 6px; margin-bottom: 8px; }
.priority { margin-left: auto; color: var(--soft); font-size: 0.8125rem; }
.figures { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 14px 0 10px; }
.figures dt { color: var(--soft); font-size: 0.8125rem; line-height: 1.4; }
.figures dd { font-size: 1.25rem; line-height: 1.3; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.figures .none { color: var(--soft); font-weight: 400; font-size: 1.0625rem; }
.spark { display: block; width: 100%; height: auto; margin-top: auto; overflow: visible; }
.spark .judged { fill: var(--judged); }
.spark .ground { fill: var(--series); fill-opacity: 0.08; }
.spark .series { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.spark .plan { fill: none; stroke: var(--plan); stroke-width: 1.75; stroke-dasharray: 5 4; }
.spark .pivot { fill: none; stroke: var(--bad); stroke-width: 1.75; stroke-dasharray: 1.5 4; }
.spark .goal { fill: var(--card); stroke: var(--plan); stroke-width: 1.75; }
.spark .last { fill: var(--series); }
.axis { display: flex; justify-content: space-between; color: var(--soft); font-size: 0.75rem; border-top: 1px solid var(--line); padding-top: 3px; }
.note { margin-top: 10px; padding: 7px 12px; border-radius: 8px; background: var(--quiet-ground); font-size: 0.875rem; line-height: 1.45; }
.facts { display: grid; gap: 4px; margin-top: 12px; font-size: 0.875rem; line-height: 1.45; }
.facts > div { display: grid; grid-template-columns: 6.25rem minmax(0, 1fr); gap: 0 8px; }
.facts dt { color: var(--soft); }

.mails table { width: 100%; border-collapse: collapse; margin-top: 10px; font-size: 0.9375rem; }
.mails th { text-align: left; font-weight: 550; font-size: 0.8125rem; color: var(--soft); padding: 4px 16px 6px 0; }
.mails td { padding: 8px 16px 8px 0; border-top: 1px solid var(--line); vertical-align: top; }
.mails td:nth-child(-n + 2) { white-space: nowrap; color: var(--soft); font-variant-numeric: tabular-nums; }
.mails td:last-child { width: 100%; padding-right: 0; }
.more summary { margin-top: 10px; color: var(--accent); cursor: pointer; font-size: 0.9375rem; }
.legend { padding: 8px 0 40px; color: var(--soft); font-size: 0.875rem; }

.act { max-width: 560px; margin: 48px auto; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 28px 32px 32px; box-shadow: var(--shadow); }
.act h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.015em; margin-bottom: 16px; }
.act p { margin-bottom: 10px; }
.act .says { font-size: 1.125rem; font-weight: 650; }
.act label { display: block; margin: 16px 0 6px; font-weight: 550; }
.act input[type='date'], .act textarea { width: 100%; padding: 10px 12px; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: 8px; }
.act input[type='date'] { width: auto; }
.act button { margin-top: 20px; padding: 10px 22px; font: inherit; font-weight: 650; color: var(--page); background: var(--ink); border: 0; border-radius: 8px; cursor: pointer; }

@media (max-width: 720px) {
  .top > div, main { padding: 0 16px; }
  .top { position: static; }
  .top > div { flex-wrap: wrap; }
  .top nav { flex-basis: 100%; margin: 0; padding-bottom: 6px; }
  .workspace { padding-top: 28px; }
  .columns { grid-template-columns: minmax(0, 1fr); margin-bottom: 24px; }
  .counts { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; }
  .counts li > * { padding: 10px 10px; }
  .counts .number { font-size: 1.5rem; }
  .counts .word { font-size: 0.8125rem; letter-spacing: -0.01em; }
  .counts .mark { display: none; }
  .changes li { grid-template-columns: minmax(0, 1fr); gap: 4px; }
  .changes .soft { grid-column: 1; }
  .card, .columns > section, .mails { padding: 14px 16px 16px; }
  .mails table, .mails tbody, .mails tr, .mails td { display: block; }
  .mails thead { position: absolute; clip-path: inset(50%); }
  .mails tr { padding: 8px 0; border-top: 1px solid var(--line); }
  .mails td, .mails td:nth-child(-n + 2) { border: 0; padding: 0; white-space: normal; }
  .mails td:nth-child(-n + 2) { display: inline-block; margin-right: 12px; font-size: 0.875rem; }
  .act { margin: 20px auto; padding: 20px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --shadow: none; }
  .top, .skip { display: none; }
  html { font-size: 11px; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  .group summary::before, .group[open] summary::before { content: none; }
  .card, .columns > section, .mails tr { break-inside: avoid; }
  .group summary { break-after: avoid; }
  .cards { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .workspace + .workspace { break-before: page; border: 0; }
}
${sheetStyle}${metricStyle}${alertsStyle}`;
