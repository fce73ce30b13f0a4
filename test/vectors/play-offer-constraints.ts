/**
 * Plays vectors of the kind offer_constraints: filters are compiled, and agents are put to the latest one.
 */
import { MeteError } from '../../src/base/errors.js';
import { parseAttributes } from '../../src/resources/attributes.js';
import type { Reader } from './reader.js';
import { entryOf, type Play, PlayStopped, type Report } from './report.js';
import type { ConstrainedAgent, OfferConstraintsFilter, Subjects } from './subjects.js';

export function playOfferConstraints(subjects: Subjects, report: Report): Play {
  let filter: OfferConstraintsFilter | null = null;
  let refusal = 'no filter was created';

  const operations: Record<string, (fields: Reader) => void> = {
    createFilter: (fields) => {
      try {
        filter = subjects.compileOfferConstraints(fields.raw('offer_constraints'));
      } catch (error) {
        if (!(error instanceof MeteError)) throw error;
        filter = null;
        refusal = error.message;
      }
    },
  };
  const expectations: Record<string, (fields: Reader) => void> = {
    filter: (fields) => {
      const valid = fields.flag('valid');
      const seen = filter === null ? refusal : 'a filter';
      report.check(valid === (filter !== null), valid ? 'a filter' : 'a refusal', seen);
    },
    agent_excluded: (fields) => {
      const role = fields.text('role');
      const agent = agentOf(fields);
      if (filter === null) {
        report.check(false, 'a filter', refusal);
        throw new PlayStopped();
      }
      const where = `agent "${fields.text('attributes')}" in ${role}: excluded`;
      report.checkSame(where, fields.flag('value'), filter.isAgentExcluded(role, agent));
    },
  };
  return {
    step: ({ op, fields }) => entryOf(operations, op, 'operation', fields.path('op'))(fields),
    expect: ({ type, fields }) => entryOf(expectations, type, 'expectation', fields.path('type'))(fields),
  };
}

/** The agent of an expectation: attributes in the syntax of the agent's flag, and perhaps a host name and a domain. */
function agentOf(fields: Reader): ConstrainedAgent {
  const place = fields.optional('domain', (name) => fields.object(name), fields);
  const region = place.optional('region', (name) => place.text(name), null);
  const zone = place.optional('zone', (name) => place.text(name), null);
  return {
    hostname: fields.optional('hostname', (name) => fields.text(name), ''),
    attributes: parseAttributes(fields.text('attributes')),
    domain: region === null && zone === null ? null : { region: region ?? '', zone: zone ?? '' },
  };
}
