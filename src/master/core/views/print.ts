/**
 * Large views as texts in pieces, so that whoever sends them can pause between two. What is in a list is decided when
 * it is asked for; each thing is shown as it is when its piece is made.
 */

/** The pieces of the inside of a list. */
export type Pieces = Iterable<string>;

/** Things, each as one piece. */
export function* printItems<T>(items: readonly T[], print: (item: T) => string): Generator<string> {
  let separator = '';
  for (const item of items) {
    yield separator + print(item);
    separator = ',';
  }
}

/** Things that have pieces of their own. */
export function* printNested(items: readonly Pieces[]): Generator<string> {
  let separator = '';
  for (const item of items) {
    if (separator !== '') yield separator;
    yield* item;
    separator = ',';
  }
}

/** `"name":[…]` for each list, with commas between. */
export function* printFields(lists: Readonly<Record<string, Pieces>>): Generator<string> {
  let separator = '';
  for (const [name, pieces] of Object.entries(lists)) {
    yield `${separator}${JSON.stringify(name)}:[`;
    yield* pieces;
    yield ']';
    separator = ',';
  }
}

/** An object of lists, after what stands before them: `{"a":1}` or `{}`, made when it is wanted. */
export function* printWithLists(head: () => string, lists: Readonly<Record<string, Pieces>>): Generator<string> {
  const before = head().slice(0, -1);
  yield before === '{' ? before : `${before},`;
  yield* printFields(lists);
  yield '}';
}
