/** True for a version of Node that `engines` of our package.json lets in: `^20.19 || >=22.12`; a test holds the two together. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}
