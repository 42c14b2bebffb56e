/** What one character of a text can be; texts are tested one code point at a time. */
export type Test = (character: string) => boolean;

export class PatternError extends Error {}

/** Where a pattern is read, and the flags that hold there. */
export class Reader {
  at = 0;
  readonly #characters: readonly string[];

  constructor(readonly pattern: string) {
    this.#characters = [...pattern];
  }

  /** Empty at the end. */
  peek(ahead = 0): string {
    return this.#characters[this.at + ahead] ?? "";
  }

  take(): string {
    this.at += 1;
    return this.#characters[this.at - 1] ?? "";
  }

  ended(): boolean {
    return this.at >= this.#characters.length;
  }

  /** Takes what the expression matches right here. */
  takeMatch(expression: RegExp): RegExpExecArray | null {
    const found = expression.exec(this.#characters.slice(this.at).join(""));
    if (found?.index !== 0) return null;
    this.at += [...found[0]].length;
    return found;
  }
}

/** What each letter after a backslash stands for; in RE2 they are those of ASCII alone. */
const CLASSES = new Map([
  ["d", "0-9"],
  ["s", "\\t\\n\\f\\r "],
  ["w", "0-9A-Za-z_"],
]);

const POSIX = new Map([
  ["alnum", "0-9A-Za-z"],
  ["alpha", "A-Za-z"],
  ["ascii", "\\x00-\\x7f"],
  ["blank", "\\t "],
  ["cntrl", "\\x00-\\x1f\\x7f"],
  ["digit", "0-9"],
  ["graph", "!-~"],
  ["lower", "a-z"],
  ["print", " -~"],
  ["punct", "!-\\/:-@\\[-`{-~"],
  ["space", "\\t-\\r "],
  ["upper", "A-Z"],
  ["word", "0-9A-Za-z_"],
  ["xdigit", "0-9A-Fa-f"],
]);

const CONTROLS = new Map([
  ["a", "\u0007"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

export function literal(character: string, folds: boolean): Test {
  const low = character.toLowerCase();
  return folds ? (each) => each === character || each.toLowerCase() === low : (each) => each === character;
}

/** `body` is what stands between the brackets of a JavaScript class. */
function inClass(body: string, negated: boolean, folds: boolean): Test {
  const one = new RegExp(`^[${body}]$`, folds ? "iu" : "u");
  return (character) => one.test(character) !== negated;
}

/** A class after a backslash, with which the reader stands; null where it is none. */
export function namedClass(reader: Reader, folds: boolean): Test | null {
  const letter = reader.peek(1);
  const body = CLASSES.get(letter.toLowerCase());
  if (body !== undefined) {
    reader.at += 2;
    return inClass(body, letter !== letter.toLowerCase(), folds);
  }
  const property = reader.takeMatch(/^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/u);
  if (property) return ofProperty(property, folds);
  if (letter === "p" || letter === "P") throw new PatternError(`\\${letter} takes a class, as in \\p{Greek}`);
  return null;
}

function ofProperty([whole, letter, caret, long, short]: RegExpExecArray, folds: boolean): Test {
  const name = long ?? short ?? "";
  const property = name.length <= 2 || name === "Any" ? name : `Script=${name}`;
  try {
    return inClass(`\\p{${property}}`, (letter === "P") !== (caret === "^"), folds);
  } catch {
    throw new PatternError(`${whole} is not a class`);
  }
}

/** The character that an escape stands for, with whose backslash the reader stands. */
export function escaped(reader: Reader): string {
  const code =
    reader.takeMatch(/^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/) ??
    reader.takeMatch(/^\\()()(0[0-7]{0,2}|[1-7][0-7]{1,2})/);
  if (code) return fromCode(code);
  reader.take();
  const character = reader.take();
  const control = CONTROLS.get(character);
  if (control !== undefined) return control;
  if (!/^[\x00-\x7f]$/.test(character) || /[0-9A-Za-z]/.test(character)) {
    throw new PatternError(character === "" ? "it ends with a \\" : `\\${character} is no escape`);
  }
  return character;
}

function fromCode([whole, two, long, octal]: RegExpExecArray): string {
  const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(two || long || "", 16);
  if (code > 0x10ffff) throw new PatternError(`${whole} is no character`);
  return String.fromCodePoint(code);
}

/** What stands in brackets, after the opening one. */
export function bracketed(reader: Reader, folds: boolean): Test {
  const negated = reader.peek() === "^";
  if (negated) reader.take();
  const tests: Test[] = [];
  while (reader.peek() !== "]" || tests.length === 0) {
    if (reader.ended()) throw new PatternError("a ] is missing");
    tests.push(member(reader, folds));
  }
  reader.take();
  return (character) => tests.some((test) => test(character)) !== negated;
}

function member(reader: Reader, folds: boolean): Test {
  const posix = reader.takeMatch(/^\[:(\^?)(\w+):\]/);
  if (posix) {
    const body = POSIX.get(posix[2] ?? "");
    if (body === undefined) throw new PatternError(`${posix[0]} is not a class`);
    return inClass(body, posix[1] === "^", folds);
  }
  const named = reader.peek() === "\\" ? namedClass(reader, folds) : null;
  if (named) return named;
  const low = oneOf(reader);
  if (reader.peek() !== "-" || reader.peek(1) === "]" || reader.peek(1) === "") return literal(low, folds);
  reader.take();
  return range(low, oneOf(reader), folds);
}

function oneOf(reader: Reader): string {
  return reader.peek() === "\\" ? escaped(reader) : reader.take();
}

function range(low: string, high: string, folds: boolean): Test {
  const [from, to] = [low, high].map((each) => each.codePointAt(0) ?? 0);
  if (from === undefined || to === undefined || from > to)
    throw new PatternError(`${low}-${high} is the wrong way round`);
  return inClass(`\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`, false, folds);
}
