/** The driver over node:http and the npm package `ws`: everywhere where Node runs. */
import { openFront } from './front.js';
import { LinkWatch } from './link-watch.js';
import { checkAddress, closeOnce, limitsWith, type Listener, type ListenOptions, type Transport } from './transport.js';
import { connect } from './ws-connect.js';

export const wsTransport: Transport = { name: 'ws', listen, connect };

async function listen(options: ListenOptions): Promise<Listener> {
  checkAddress(options.host, options.port);
  const limits = limitsWith(options.limits);
  const watch = new LinkWatch(limits, true);
  const onFault = options.onFault ?? (() => undefined);
  const front = await openFront({ ...options, limits, watch, onFault, nativePort: null });
  return {
    host: options.host,
    port: front.port,
    get linkCount() {
      return watch.links.size;
    },
    close: closeOnce((reason) => {
      watch.endAll(reason);
      return front.close();
    }),
  };
}
