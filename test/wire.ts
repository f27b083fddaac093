import { once } from 'node:events';
import net from 'node:net';

/** A connection on which requests are written byte for byte. */
export class Wire {
  private received = '';
  private constructor(readonly socket: net.Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => void (this.received += text));
  }

  static async open(port: number): Promise<Wire> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Wire(socket);
  }

  write(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Everything received, as soon as it contains the text. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) await once(this.socket, 'data');
    return this.received;
  }
}

/** The head of a request. */
export const head = (method: string, target: string, id: string, ...more: string[]): string =>
  [`${method} ${target} HTTP/1.1`, 'Host: app', `Correlation-Id: ${id}`, ...more, '', ''].join('\r\n');
