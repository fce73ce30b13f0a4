/** Routing, and answers in their forms. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { answerJson, answerText } from '../../src/http/answers.js';
import { readBody, readJson } from '../../src/http/body.js';
import { createRouter, type RouteHandler } from '../../src/http/router.js';
import { serving } from './fixtures.js';

const echo = (name: string): RouteHandler => (exchange, parameters) => answerJson(exchange, { name, ...parameters });

test('literal segments win over parameters, parameters over the rest; segments are decoded', async (t) => {
  const url = await serving(t, [
    { method: 'GET', path: '/', handle: echo('root') },
    { method: 'GET', path: '/blobs/:sha256', handle: echo('blob') },
    { method: 'GET', path: '/blobs/list', handle: echo('list') },
    { method: 'GET', path: '/blobs/:sha256/info', handle: echo('info') },
    { method: 'GET', path: '/files/*', handle: echo('files') },
    { method: 'POST', path: '/api/v1/scheduler', handle: echo('scheduler') },
  ]);
  const cases: [path: string, answer: object][] = [
    ['/', { name: 'root' }],
    ['/blobs/abc', { name: 'blob', sha256: 'abc' }],
    ['/blobs/list', { name: 'list' }],
    ['/blobs/list/info', { name: 'info', sha256: 'list' }],
    ['/blobs/a%2Fb%20%C3%A4?x=y', { name: 'blob', sha256: 'a/b ä' }],
    ['/files/a/b%3F/c', { name: 'files', '*': 'a/b?/c' }],
    ['/files/', { name: 'files', '*': '' }],
    ['/blobs/__proto__', { name: 'blob', sha256: '__proto__' }],
  ];
  for (const [path, answer] of cases) assert.deepEqual(await (await fetch(url + path)).json(), answer, path);
  for (const path of ['/nowhere', '/blobs', '/blobs/', '/blobs/a/b', '/files']) {
    const missing = await fetch(url + path);
    assert.deepEqual([missing.status, await missing.text()], [404, '404 Not Found.'], path);
  }
  const bad = await fetch(`${url}/blobs/%E4`);
  assert.equal(bad.status, 400);
  assert.match(await bad.text(), /^INVALID_ARGUMENT: path "\/blobs\/%E4": .*write a percent sign as %25$/);
});

test('another method is answered with 405, Allow, and the text of Mesos; HEAD goes to GET', async (t) => {
  const url = await serving(t, [
    { method: 'POST', path: '/api/v1/scheduler', handle: echo('scheduler') },
    { method: 'GET', path: '/weights', handle: echo('get') },
    { method: 'PUT', path: '/weights', handle: echo('put') },
  ]);
  const wrong = await fetch(`${url}/api/v1/scheduler`);
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'POST');
  assert.equal(await wrong.text(), "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.");
  const two = await fetch(`${url}/weights`, { method: 'DELETE' });
  assert.equal(two.headers.get('allow'), 'GET, PUT, HEAD');
  assert.equal(await two.text(), "405 Method Not Allowed. Expecting one of { 'GET', 'PUT' }, but received 'DELETE'.");
  const head = await fetch(`${url}/weights`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '14', '']);
  assert.equal((await fetch(`${url}/weights`, { method: 'PUT' })).status, 200);
});

test('errors are answered as text with the status of their code; bugs say nothing to strangers', async (t) => {
  const faults: unknown[] = [];
  const mete = new MeteError('UNKNOWN_ROLE', { field: 'role', value: 'x', reason: 'no such role', mend: 'see roles' });
  const url = await serving(t, [
    { method: 'GET', path: '/thrown', handle: () => { throw mete; } },
    { method: 'GET', path: '/rejected', handle: () => Promise.reject(mete) },
    { method: 'GET', path: '/bug', handle: () => { throw new Error('secret'); } },
    { method: 'GET', path: '/empty', handle: (exchange) => answerText(exchange, 202, '') },
  ], (fault) => faults.push(fault));
  for (const path of ['/thrown', '/rejected']) {
    const answer = await fetch(url + path);
    assert.deepEqual([answer.status, await answer.text()], [404, mete.message]);
    assert.match(answer.headers.get('content-type')!, /^text\/plain/);
  }
  const bug = await fetch(`${url}/bug`);
  assert.equal(bug.status, 500);
  assert.doesNotMatch(await bug.text(), /secret/);
  assert.deepEqual(faults.map(String), ['Error: secret']);
  const empty = await fetch(`${url}/empty`);
  const said = ['content-length', 'content-type'].map((name) => empty.headers.get(name));
  assert.deepEqual([empty.status, ...said], [202, '0', null]);
});

test('two routes for the same requests are refused', () => {
  const route = { method: 'GET', path: '/a/:b', handle: echo('') };
  assert.throws(() => createRouter([route, { ...route, path: '/a/:c' }]), /ALREADY_EXISTS: route "GET \/a\/:c"/);
});

test('bodies in memory: whole, too long with and without a length, no JSON, cut short', async (t) => {
  const errors: string[] = [];
  const url = await serving(t, [
    {
      method: 'POST',
      path: '/bytes',
      handle: async (exchange) => answerText(exchange, 200, String((await readBody(exchange, 1000)).length)),
    },
    { method: 'POST', path: '/json', handle: async (exchange) => answerJson(exchange, await readJson(exchange, 1000)) },
    {
      method: 'POST',
      path: '/cut',
      handle: (exchange) => {
        const told = (error: MeteError): void => void errors.push(error.code);
        return readBody(exchange, 1000).then(() => undefined, told);
      },
    },
  ]);
  const post = (path: string, body: string | Uint8Array): Promise<Response> => {
    return fetch(url + path, { method: 'POST', body });
  };
  assert.equal(await (await post('/bytes', new Uint8Array(1000))).text(), '1000');
  assert.equal(await (await post('/bytes', '')).text(), '0');
  const long = await post('/bytes', new Uint8Array(1001));
  assert.equal(long.status, 413);
  assert.match(await long.text(), /^LIMIT_EXCEEDED: body "over 1000 bytes"/);
  const chunked = await new Promise<number>((resolve, reject) => {
    const asked = request(`${url}/bytes`, { method: 'POST' }, (answer) => resolve(answer.statusCode ?? 0));
    asked.on('error', reject);
    asked.write(new Uint8Array(600));
    setImmediate(() => asked.end(new Uint8Array(600)));
  });
  assert.equal(chunked, 413);
  assert.deepEqual(await (await post('/json', '{"a":[1]}')).json(), { a: [1] });
  const none = await post('/json', '{"a":');
  assert.equal(none.status, 400);
  assert.match(await none.text(), /^INVALID_ARGUMENT: body .*it is no JSON/);
  const cut = request(`${url}/cut`, { method: 'POST', headers: { 'content-length': 10 } });
  cut.on('error', () => undefined);
  cut.write('abc');
  setTimeout(() => cut.destroy(), 20);
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(errors, ['PEER_GONE']);
});
