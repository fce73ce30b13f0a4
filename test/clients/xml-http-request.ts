/**
 * As much of a browser's XMLHttpRequest as @dcos/mesos-client uses, on node:http: the text so far grows with every
 * progress event. Paths without a host go to `origin`, as in a page that came from there.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

type Event = 'progress' | 'load' | 'error' | 'abort' | 'timeout';

export function xmlHttpRequest(origin: string): new () => object {
  return class {
    status = 0;
    statusText = '';
    response = '';
    responseType = '';
    timeout = 0;
    private sending: ClientRequest | null = null;
    private readonly listeners = new Map<Event, () => void>();

    addEventListener(event: Event, listener: () => void): void {
      this.listeners.set(event, listener);
    }

    open(method: string, url: string): void {
      this.sending = request(new URL(url, origin), { method });
    }

    setRequestHeader(name: string, value: string): void {
      this.sending!.setHeader(name, value);
    }

    send(body: string): void {
      const sending = this.sending!;
      sending.on('response', (message: IncomingMessage) => {
        this.status = message.statusCode!;
        this.statusText = message.statusMessage!;
        message.setEncoding('utf8');
        message.on('data', (text: string) => {
          this.response += text;
          this.listeners.get('progress')?.();
        });
        message.on('end', () => this.listeners.get('load')?.());
      });
      sending.on('error', () => this.listeners.get('error')?.());
      sending.end(body);
    }

    abort(): void {
      this.sending!.destroy();
      this.listeners.get('abort')?.();
    }
  };
}
