/** Figures as Prometheus text and as a snapshot; figures of the process. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { watchProcess } from '../../src/telemetry/process-figures.js';
import { prometheusText, snapshotOf } from '../../src/telemetry/prometheus.js';

test('figures as Prometheus text: names of roles and resources are labels', () => {
  const text = prometheusText({
    'master/tasks_running': 3,
    'allocator/mesos/allocation_run_ms/p99': 0.25,
    'allocator/mesos/roles/eng/ads/shares/dominant': 0.5,
    'allocator/mesos/roles/*/shares/dominant': 0,
    'allocator/mesos/offer_filters/roles/a"b\\c/active': 1,
    'allocator/mesos/quota/roles/a/b/resources/cpus/guarantee': 2,
    'allocator/mesos/resources/mem/total': 1e21,
    'master/frameworks/my%20name/M-0000/tasks/active/task_running': 1,
    'master/task_failed/source_agent/reason_gc_error': 7,
    '0/x-y': NaN,
    'a': Infinity,
    'b': -Infinity,
  });
  assert.equal(
    text,
    `# TYPE _0_x_y untyped
_0_x_y NaN
# TYPE a untyped
a +Inf
# TYPE allocator_mesos_allocation_run_ms_p99 untyped
allocator_mesos_allocation_run_ms_p99 0.25
# TYPE allocator_mesos_offer_filters_roles_active untyped
allocator_mesos_offer_filters_roles_active{role="a\\"b\\\\c"} 1
# TYPE allocator_mesos_quota_roles_guarantee untyped
allocator_mesos_quota_roles_guarantee{role="a/b",resource="cpus"} 2
# TYPE allocator_mesos_resources_total untyped
allocator_mesos_resources_total{resource="mem"} 1e+21
# TYPE allocator_mesos_roles_shares_dominant untyped
allocator_mesos_roles_shares_dominant{role="eng/ads"} 0.5
allocator_mesos_roles_shares_dominant{role="*"} 0
# TYPE b untyped
b -Inf
# TYPE master_frameworks_tasks_active_task_running untyped
master_frameworks_tasks_active_task_running{name="my%20name",framework="M-0000"} 1
# TYPE master_task_failed untyped
master_task_failed{source="agent",reason="gc_error"} 7
# TYPE master_tasks_running untyped
master_tasks_running 3
`,
  );
  assert.equal(prometheusText({}), '');
  assert.equal(prometheusText({ 'a/b': 1, 'a.b': 2 }), '# TYPE a_b untyped\na_b 1\n');
});

test('whatever the names are, the text has the form, and each sample is there once', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.double()), (figures) => {
      const samples = new Set<string>();
      for (const line of prometheusText(figures).split('\n').slice(0, -1)) {
        if (line.startsWith('#')) {
          assert.match(line, /^# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* untyped$/);
          continue;
        }
        const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{.*\})?) (NaN|[+-]Inf|-?[\d.]+(?:e[+-]\d+)?)$/s.exec(line);
        assert.ok(match, line);
        assert.ok(!samples.has(match[1]!));
        samples.add(match[1]!);
      }
    }),
  );
});

test('the snapshot is sorted and has numbers only', () => {
  const snapshot = snapshotOf({ b: 2, a: 1, c: NaN, d: Infinity });
  assert.deepEqual(Object.entries(snapshot), [['a', 1], ['b', 2]]);
});

test('figures of machine and process', () => {
  let nowMs = 0;
  const watch = watchProcess(() => nowMs);
  try {
    const figures = watch.read();
    nowMs = 61_000;
    const names = Object.keys(watch.read());
    assert.deepEqual(Object.keys(figures), names);
    for (const name of ['cpus_total', 'load_1min', 'load_5min', 'load_15min', 'mem_total_bytes', 'mem_free_bytes']) {
      assert.ok(names.includes(`system/${name}`), name);
    }
    for (const [name, value] of Object.entries(figures)) assert.ok(Number.isFinite(value) && value >= 0, name);
    assert.ok(figures['process/rss_bytes']! > figures['process/heap_used_bytes']!);
    assert.ok(figures['system/cpus_total']! >= 1);
  } finally {
    watch.stop();
  }
});
