/** By flag, or by what stands before its colon; `rest` is what stands behind it. */
const WORDS: Readonly<Record<string, (rest: string) => string>> = {
  carried: (age) => `Carried forward: it was recorded ${age.replace(/d$/, '')} days before, and nothing since.`,
  zone: (zone) => `The source counts this day in the zone ${zone}, not in the workspace's.`,
  sampled: () => 'Sampled: the source estimated it from a part of its events.',
  thresholded: () => 'Thresholded: the source withholds small numbers to protect people, so it may be too low.',
  'other-row': () => 'The source lumped some rows together as "(other)", so it may be too low.',
  truncated: (reason) => `The source cut data off: ${reason.replaceAll('_', ' ')}.`,
  channels: (flag) => `There is no breakdown by channel, as the source's report of them was not whole: ${flag}.`,
  empty: (reason) => `The source's report was empty: ${reason}.`,
  'time-basis?': () => "The events' times look shifted by a time zone; check the setting timeBasis.",
  reconstructed: (from) =>
    from === 'lifetimes'
      ? "Worked out afterwards: begins and ends are exact, but where nothing tells prices and quantities, they are today's."
      : `Worked out afterwards from ${from}: what left no trace there is not in it.`,
  other: (dimension) => `Only the largest parts by ${dimension} have their names; the others are together.`,
  'counted-when-pulled': () =>
    'Counted when it was pulled: the source does not tell how it stood at the end of the day.',
  rounded: () => 'The source gives it rounded only.',
  latency: () => "The source cut its percentile elsewhere than at the workspace's midnights, so there is no latency.",
  unobserved: (monitor) => `The monitor ${monitor} observed nothing, so it is left out.`,
};

/** A flag of `quality` as a sentence; one that is not known is given as it stands. */
export function qualityWords(flag: string): string {
  const [name = '', ...rest] = flag.split(':');
  return Object.hasOwn(WORDS, name) ? (WORDS[name]?.(rest.join(':')) ?? flag) : flag;
}
