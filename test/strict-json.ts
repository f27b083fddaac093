/**
 * Parses one line as JSON in which no object has a duplicate key: JSON.parse keeps the last one, other parsers the first.
 *
 * Errors: throws a `SyntaxError` on anything else, with the line in its message.
 */
export function strictJson(line: string): Record<string, unknown> {
  const value = JSON.parse(line) as Record<string, unknown>;
  const open: Set<string>[] = [];
  for (const [token, text] of line.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (text !== undefined) {
      const key = JSON.parse(text) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) throw new SyntaxError(`the key ${text} is there twice: ${line}`);
      keys?.add(key);
    }
  }
  return value;
}
