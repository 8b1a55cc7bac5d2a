/**
 * How Node is started in a function of so much memory: half of it at most for what lives, and little for what is thrown away at once, of
 * which it would otherwise gather tens of megabytes before it looks. A pull's memory stays flat by that, for a tenth more of its time.
 */
export const nodeOptions = (memoryMb: number): string =>
  `--enable-source-maps --max-old-space-size=${memoryMb / 2} --max-semi-space-size=4`;
