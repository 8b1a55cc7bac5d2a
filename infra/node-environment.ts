/**
 * How Node is started in a function of so much memory: half of it at most for what lives, little for what is thrown away at once, of
 * which it would otherwise gather tens of megabytes before it looks, and one arena of glibc's for all threads, which would each keep
 * freed memory of their own. A pull's memory stays flat by that, for a tenth more of its time.
 */
export const nodeEnvironment = (memoryMb: number) => ({
  NODE_OPTIONS: `--enable-source-maps --max-old-space-size=${memoryMb / 2} --max-semi-space-size=4`,
  MALLOC_ARENA_MAX: '1',
});
