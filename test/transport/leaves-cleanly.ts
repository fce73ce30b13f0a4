/** A process that listens, talks to itself, closes all, and is over then: units.test.ts starts it. */
import { chooseTransport, type TransportChoice } from '../../src/transport/choose-transport.js';
import { linkUrl } from '../../src/transport/transport.js';
import { HOST, Recorder } from './fixtures.js';

const { transport } = await chooseTransport(process.argv[2] as TransportChoice);
const listener = await transport.listen({
  host: HOST,
  port: 0,
  onLink: () => new Recorder((link, bytes) => void link.send(bytes)),
  onExchange: (exchange) => exchange.respond(200, {}, 'ok'),
});
const recorder = new Recorder();
const link = await transport.connect({ url: linkUrl(HOST, listener.port), handlers: recorder });
link.send(Buffer.from('x'));
await recorder.until(({ frames }) => frames.length === 1);
await (await fetch(`http://${HOST}:${listener.port}/`)).text();
await listener.close();
await recorder.end();
console.log('all closed');
