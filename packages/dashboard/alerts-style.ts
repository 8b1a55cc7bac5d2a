/** The look of the alerts: a night's transitions below each other, with what was told of each. */
export const alertsStyle = `
.alerts section > ul > li { padding: 12px 0; border-top: 1px solid var(--line); }
.alerts section > ul > li:target { outline: 3px solid var(--accent); outline-offset: 6px; border-radius: 4px; }
.alerts .what { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 10px; font-weight: 550; }
.alerts .told { margin-top: 6px; font-size: 0.9375rem; }
.alerts .told li { padding: 2px 0 2px 14px; border-left: 2px solid var(--line); }
.alerts .told .answer { border-left-color: var(--good); }
.alerts .told .bad { border-left-color: var(--bad); }
.alerts time { color: var(--soft); font-variant-numeric: tabular-nums; margin-right: 4px; }
.alerts code { font-size: 0.8125rem; color: var(--soft); }
.alerts .id { margin-top: 4px; line-height: 1.3; }
.ways { display: flex; justify-content: space-between; margin-top: 28px; }
.ways [rel='next'] { margin-left: auto; }
.bad-note { background: var(--bad-ground); color: var(--bad); }
.bad-note .soft { display: block; }
.bad-note .soft, .alerts .bad-note code { color: inherit; }
@media print {
  .alerts section { break-inside: auto; }
  .alerts section > h2 { break-after: avoid; }
  .alerts section > ul > li { break-inside: avoid; }
  .ways { display: none; }
}
`;
