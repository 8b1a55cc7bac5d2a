import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Truth } from './mixpanel-events.ts';
import { linesOf } from './mixpanel-events.ts';

// A process of its own that answers every export with the same events. They are made and pressed once, before anybody asks, so that what is
// measured is the reader and not the maker.

const [folder = '', count = '0', people = '0', lastDayStart = '0'] = process.argv.slice(2);
const file = path.join(folder, `${count}.gz`);
const PIECE = 1 << 18;

const truth: Truth = { events: 0, signups: 0 };
let bytes = 0;
function* pieces(): Iterable<Buffer> {
  let text = '';
  for (const line of linesOf(Number(count), Number(people), Number(lastDayStart), truth)) {
    text += line;
    if (text.length < PIECE) continue;
    const piece = Buffer.from(text);
    bytes += piece.length;
    text = '';
    yield piece;
  }
  const piece = Buffer.from(text);
  bytes += piece.length;
  yield piece;
}

await pipeline(Readable.from(pieces()), createGzip({ level: 1 }), createWriteStream(file));
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
  createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  void stat(file).then(({ size }) => process.send?.({ port, bytes, gzipped: size, truth }));
});
process.once('disconnect', () => {
  server.closeAllConnections();
  server.close();
});
