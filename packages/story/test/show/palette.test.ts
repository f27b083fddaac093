import { expect } from 'chai';
import { DARK, LIGHT } from '../../src/show/palette';

describe('colours', () => {
  for (const [name, theme] of Object.entries({ light: LIGHT, dark: DARK })) {
    it(`can be read: ${name}`, () => {
      for (const text of [theme.ink, theme.soft, theme.bad, theme.warn, theme.good, ...theme.services]) {
        for (const ground of [theme.page, theme.panel, theme.badTint]) {
          if (ground === theme.page && theme.services.includes(text)) continue; // service names appear only on panels
          expect(contrast(text, ground), `${text} on ${ground}`).to.be.at.least(4.5);
        }
      }
    });
  }
});

/** Formula: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
