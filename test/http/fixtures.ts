/** A server on each real driver, for what src/http does with exchanges. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createRouter, type Route } from '../../src/http/router.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

export async function serving(
  t: TestContext,
  routes: readonly Route[],
  onFault: (error: unknown) => void = () => undefined,
): Promise<string> {
  const onExchange = createRouter(routes, { onFault });
  const listener = await wsTransport.listen({ host: '127.0.0.1', port: 0, onExchange });
  t.after(() => listener.close());
  return `http://127.0.0.1:${listener.port}`;
}

export async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mete-http-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
