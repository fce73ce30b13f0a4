/** Jobs on clusters of real processes: their results are right to the byte, and nothing is left of them. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Cluster, KINDS, startCluster } from './cluster.js';
import { type Ground, NOVEL, openGround } from './ground.js';
import { LINE_LENGTHS_TS, SQUARE_JS, SQUARES_JS } from './user-jobs.js';
import { countedBySystem, withoutCase } from './words.js';

for (const kind of KINDS) {
  describe(`${kind.engine} engine, ${kind.transport}`, { skip: kind.missing }, () => {
    let ground: Ground;
    let cluster: Cluster;

    before(async () => {
      ground = await openGround();
      cluster = await startCluster(ground, kind);
    });
    after(() => ground.close());

    const runJob = (...args: string[]): Promise<string> =>
      ground.succeed(['run', '--master', cluster.master, '--transport', kind.transport, ...args]);
    const counted = async (...args: string[]): Promise<Buffer> => {
      const out = join(ground.directory, 'counts.tsv');
      await runJob('wordcount', '--out', out, ...args);
      return readFileSync(out);
    };

    test('word count: the novel once, equal to tr | sort | uniq', async () => {
      assert.deepEqual(await counted('--input', NOVEL), countedBySystem([NOVEL]));
    });

    test('word count: the novel 50 times; what is shown is the beginning of what is written', async () => {
      const out = join(ground.directory, 'fifty.tsv');
      const shown = await runJob('wordcount', '--input', NOVEL, '--copies', '50', '--top', '7', '--out', out);
      const expected = countedBySystem([NOVEL], 50);
      assert.deepEqual(readFileSync(out), expected);
      assert.equal(shown, `${expected.toString('utf8').split('\n').slice(0, 7).join('\n')}\n`);
    });

    test('word count: a directory and a pattern, files apart; without regard to case', async () => {
      const directory = join(ground.directory, 'texts');
      mkdirSync(join(directory, 'deeper'), { recursive: true });
      const text = readFileSync(NOVEL);
      const files = ['a.txt', 'b.txt', 'c.log', 'deeper/d.txt'].map((name) => join(directory, name));
      // Cut at any byte: in words, and in characters.
      files.forEach((file, i) => writeFileSync(file, text.subarray(i * 123_457, (i + 1) * 123_457)));
      writeFileSync(join(directory, 'empty.txt'), '');
      assert.deepEqual(await counted('--input', directory), countedBySystem(files));
      assert.deepEqual(await counted('--input', join(directory, '*.txt')), countedBySystem(files.slice(0, 2)));
      const lower = await counted('--input', NOVEL, '--ignore-case');
      assert.deepEqual(lower, withoutCase(countedBySystem([NOVEL])));
    });

    test('users bring jobs of their own, in TypeScript and JavaScript', async () => {
      const path = (name: string): string => join(ground.directory, name);
      writeFileSync(path('line-lengths.ts'), LINE_LENGTHS_TS);
      writeFileSync(path('squares.js'), SQUARES_JS);
      writeFileSync(path('square.js'), SQUARE_JS);
      assert.equal(await runJob('./squares.js', '--numbers', '100'), `${(99 * 100 * 199) / 6}\n`);
      const lengths = new Map<number, number>();
      for (const line of readFileSync(NOVEL, 'utf8').split(/\r?\n/).slice(0, -1)) {
        if (line.length >= 40) lengths.set(line.length, (lengths.get(line.length) ?? 0) + 1);
      }
      const expected = [...lengths].sort(([one], [other]) => one - other).map((pair) => `${pair.join(' ')}\n`);
      assert.equal(await runJob('./line-lengths.ts', '--input', NOVEL, '--least', '40'), expected.join(''));
    });

    test('π: the same points from the same seed, on however many agents and cpus', async () => {
      const args = ['pi', '--tasks', '7', '--points', '300000', '--seed', '11'];
      const onTwo = await runJob(...args);
      const onOne = await ground.succeed(['run', '--local', '--agents', '1', '--resources', 'cpus:1;mem:512', ...args]);
      const estimate = (text: string): string => /^π ≈ [\d.]+ ± [\d.]+/.exec(text)![0];
      assert.equal(estimate(onOne), estimate(onTwo));
      assert.ok(Math.abs(Number(estimate(onTwo).slice(4, 13)) - Math.PI) < 0.01);
    });

    test('a job that has ended holds nothing', async () => {
      await cluster.isIdle();
      const { completed_frameworks: completed, frameworks } = await cluster.state();
      assert.equal(frameworks.length, 0);
      assert.ok(completed.length > 0);
      assert.deepEqual(new Set(completed.map(({ active }) => active)), new Set([false]));
    });
  });
}
