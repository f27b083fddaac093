/** Why this process is left alone, or what in it is not reached; `off` where nothing is done at all. */
export interface Unsupported {
  off: boolean;
  message: string;
}

/** What is to be said of the runtime; `undefined` on a Node that `engines` of our package.json lets in. */
export function unsupported(versions: Readonly<Record<string, string | undefined>>): Unsupported | undefined {
  // Bun's servers and clients are its own and share no internals with Node's; AsyncLocalStorage works.
  if (versions['bun'] !== undefined) {
    return { off: true, message: 'Off: under Bun no request can be reached. withCarrier, correlationHeaders and correlationMixin work there: see docs/start.md.' };
  }
  if (versions['deno'] !== undefined) return { off: false, message: "Under Deno, node:http is reached; Deno.serve and Deno's own fetch are not: see docs/start.md." };
  const node = versions['node'] ?? '';
  if (isSupported(node)) return undefined;
  return { off: true, message: `Off: it needs Node 20.19 or later, or 22.12 or later, and this is Node ${node}. The application runs without Correlation-Ids.` };
}

/** The same as `engines`, `^20.19 || >=22.12`; a test holds the two together. */
function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}
