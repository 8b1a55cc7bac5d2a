import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

/** A mail server of few words on the loopback; `recipients` of the mails that it took. */
export async function startSmtp(port = 0) {
  const recipients: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let [buffer, to, isData] = ['', '', false];
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.write('220 mail.example ready\r\n');
    socket.on('data', (chunk) => {
      buffer += chunk.toString();
      for (;;) {
        const end = isData ? '\r\n.\r\n' : '\r\n';
        const length = buffer.indexOf(end);
        if (length < 0) return;
        const line = buffer.slice(0, length);
        buffer = buffer.slice(length + end.length);
        if (isData) recipients.push(to);
        to = /^RCPT TO:<(.*?)>/i.exec(line)?.[1] ?? to;
        isData = !isData && /^DATA/i.test(line);
        socket.write(isData ? '354 go on\r\n' : '250 OK\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    recipients,
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
