import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SourceMemory } from '@plumbline/core/source';

/**
 * A source's memory in a folder, a file each, so that it is in nobody's memory. Spans are read at once: on a busy machine hundreds of files would
 * each wait for their turns in another thread.
 */
export function folderMemory(folder: string): SourceMemory & { put(key: string, bytes: Uint8Array): Promise<void> } {
  const fileOf = (key: string): string => path.join(folder, encodeURIComponent(key));
  return {
    get: (key) => readFile(fileOf(key)).catch(() => undefined),
    async *range(from, to) {
      const keys = readdirSync(folder).map(decodeURIComponent).sort();
      for (const key of keys) if (key >= from && key <= to) yield { key, bytes: readFileSync(fileOf(key)) };
    },
    async put(key, bytes) {
      await mkdir(folder, { recursive: true });
      await writeFile(fileOf(key), bytes);
    },
  };
}
