/** The look of a review's digest: a table on the screen, stacked on a phone, one sheet of A4 or Letter on paper. */
export const sheetStyle = `
.sheet { max-width: 960px; margin: 32px auto 48px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 28px 32px 32px; box-shadow: var(--shadow); }
.sheet h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.015em; text-wrap: balance; }
.sheet h2 { margin-top: 24px; font-size: 1.0625rem; line-height: 1.35; letter-spacing: 0; }
.sheet header p { margin-top: 4px; }
.sheet header .demo { margin-top: 10px; }
.sheet table { width: 100%; border-collapse: collapse; margin-top: 4px; font-size: 0.9375rem; line-height: 1.4; }
.sheet th { text-align: left; font-weight: 400; font-size: 0.8125rem; color: var(--soft); padding: 2px 14px 4px 0; }
.sheet td { padding: 6px 14px 6px 0; border-top: 1px solid var(--line); vertical-align: baseline; overflow-wrap: break-word; }
.sheet td:first-child { width: 7rem; }
.sheet td:nth-child(3), .sheet td:nth-child(4) { width: 7.5rem; font-variant-numeric: tabular-nums; }
.sheet td:last-child { width: 10rem; padding-right: 0; }
.sheet td a { color: inherit; text-decoration: none; font-weight: 550; }
.sheet td a:hover { text-decoration: underline; }
.sheet small { display: block; color: var(--soft); font-size: 0.8125rem; }
.sheet .more { margin-top: 6px; font-size: 0.875rem; }
@media screen and (max-width: 720px) {
  .sheet { margin: 16px 0 32px; padding: 18px 16px 20px; }
  .sheet h1 { font-size: 1.3rem; }
  .sheet table, .sheet tbody, .sheet tr, .sheet td { display: block; width: auto; }
  .sheet thead { position: absolute; clip-path: inset(50%); }
  .sheet tr { padding: 8px 0; border-top: 1px solid var(--line); }
  .sheet td, .sheet td:first-child, .sheet td:nth-child(3), .sheet td:nth-child(4), .sheet td:last-child { border: 0; padding: 1px 0; width: auto; }
  .sheet td:nth-child(n + 3) { display: inline-block; margin-right: 14px; font-size: 0.875rem; }
  .sheet td:nth-child(n + 3)::before { content: attr(data-name) ' '; color: var(--soft); }
  .sheet td:nth-child(n + 3):empty { display: none; }
}
@page sheet { margin: 9mm 12mm; }
@media print {
  .sheet { page: sheet; max-width: none; margin: 0; padding: 0; border: 0; font-size: 8.5pt; }
  .sheet h1 { font-size: 13pt; }
  .sheet h2 { margin-top: 4.5pt; font-size: 9pt; line-height: 1.2; break-after: avoid; }
  .sheet header p, .sheet header .demo { margin-top: 1pt; padding: 0; background: none; font-size: 8.5pt; }
  .sheet, .sheet a, .sheet td, .sheet th, .sheet .soft, .sheet small, .sheet .badge, .sheet .demo { color: #000; }
  .sheet .badge { background: none; padding: 0; font-size: 7pt; line-height: 1.25; }
  .sheet table { margin-top: 1pt; font-size: 7.75pt; line-height: 1.15; }
  .sheet th { font-size: 6.75pt; line-height: 1.2; padding: 0 6pt 1pt 0; }
  .sheet td { padding: 1pt 6pt 1pt 0; border-color: #bbb; }
  .sheet td:first-child { width: 50pt; padding-right: 3pt; }
  .sheet td:nth-child(3), .sheet td:nth-child(4) { width: 58pt; }
  .sheet td:last-child { width: 94pt; font-size: 7pt; }
  .sheet small { display: inline; margin-left: 3pt; font-size: 6.75pt; }
  .sheet tr { break-inside: avoid; }
  .sheet .more, .sheet .empty { margin-top: 1pt; font-size: 8pt; }
}
`;
