/** Why this process is not supported, or what is not reached in it; `off` if nothing is done at all. */
export interface Unsupported {
  off: boolean;
  message: string;
}

/** The message for this runtime; `undefined` for a Node that satisfies `engines` of our package.json. */
export function unsupported(versions: Readonly<Record<string, string | undefined>>): Unsupported | undefined {
  // Bun has its own servers and clients, which share no internals with Node's; AsyncLocalStorage works.
  if (versions['bun'] !== undefined) {
    return { off: true, message: 'Off: under Bun no request can be reached. withCarrier, correlationHeaders and correlationMixin work there: see docs/start.md.' };
  }
  if (versions['deno'] !== undefined) return { off: false, message: "Under Deno, node:http is reached; Deno.serve and Deno's own fetch are not: see docs/start.md." };
  const node = versions['node'] ?? '';
  if (isSupported(node)) return undefined;
  return { off: true, message: `Off: it needs Node 20.19 or later, or 22.12 or later, and this is Node ${node}. The application runs without Correlation-Ids.` };
}

/** The same range as `engines`, `^20.19 || >=22.12`; a test compares the two. */
function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}
