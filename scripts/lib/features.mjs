/**
 * Which feature rows the tests prove. A test claims rows by IDs in brackets at the start of its title, '[A27] …' or
 * '[A27, A28] …'; the rows are those of test/features/rows.json. A row is proved by the tests that claim it and by
 * nothing else, so docs/FEATURES.md cannot promise more than the tests hold.
 */
import ts from 'typescript';

/** @typedef {{ id: string, group: string, name: string, rating: 'must' | 'should' | 'nice' }} Row */
/** @typedef {{ id: string, path: string, line: number }} Claim */

const TITLE = /^((?:\[[A-Z]+\d+(?:, ?[A-Z]+\d+)*\] ?)+)/;

/** The claims in one test file: texts of the code (not of comments) that start with IDs in brackets.
 * @param {string} path @param {string} text @returns {Claim[]} */
export function claimsOf(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  /** @type {Claim[]} */
  const claims = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      for (const id of TITLE.exec(node.text)?.[1]?.match(/[A-Z]+\d+/g) ?? []) claims.push({ id, path, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return claims;
}

/** Claims of rows that do not exist, as lines.
 * @param {readonly Row[]} rows @param {readonly Claim[]} claims @returns {string[]} */
export function unknownClaims(rows, claims) {
  const known = new Set(rows.map((row) => row.id));
  const unknown = claims.filter((claim) => !known.has(claim.id));
  return unknown.map(({ id, path, line }) => `${path}:${line}: there is no feature ${id}`);
}

/** The document: a summary by group and the table of every group.
 * @param {readonly Row[]} rows @param {readonly Claim[]} claims @returns {string} */
export function featuresDocument(rows, claims) {
  /** @type {Map<string, Set<string>>} */
  const proofs = new Map();
  for (const { id, path } of claims) proofs.set(id, (proofs.get(id) ?? new Set()).add(path));
  const groups = [...new Set(rows.map((row) => row.group))];
  const count = (/** @type {readonly Row[]} */ some) => {
    const proved = some.filter((row) => proofs.has(row.id)).length;
    return `${proved} of ${some.length}`;
  };
  const summary = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    const must = own.filter((row) => row.rating === 'must');
    return `| ${group} | ${count(own)} | ${count(must)} |`;
  });
  const total = `| **all** | ${count(rows)} | ${count(rows.filter((row) => row.rating === 'must'))} |`;
  const tables = groups.map((group) => {
    const lines = rows.filter((row) => row.group === group).map((row) => rowLine(row, proofs.get(row.id)));
    return `## ${group}\n\n| ID | Feature | Rating | Proved by |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  const head = ['| Group | Proved | Of those rated must |', '|---|---|---|', ...summary, total].join('\n');
  return `${INTRODUCTION}\n${head}\n\n${tables.join('\n')}`;
}

/** @param {Row} row @param {Set<string> | undefined} paths */
function rowLine(row, paths) {
  const links = [...(paths ?? [])].sort().map((path) => `[${path.replace(/^test\/|\.test\.ts$/g, '')}](../${path})`);
  return `| ${row.id} | ${row.name.replaceAll('|', '\\|')} | ${row.rating} | ${links.join(', ') || '-'} |`;
}

const INTRODUCTION = `# Features

Every feature of Apache Mesos 1.11, how much a user would miss it, and the tests that prove it here. Generated from the
titles of the tests by \`npm run features\`; a row without a test counts as absent. Where
each of the message handlers of Mesos' master (B8) and agent (C3) lives here is in [protocol.md](protocol.md).
`;
