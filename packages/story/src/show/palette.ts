// One table of colours for the page and the picture. Red is reserved for failures. Each colour has a contrast of 4.5:1 against its
// backgrounds, as WCAG 1.4.3 requires of text.

export interface Theme {
  page: string;
  panel: string;
  ink: string;
  soft: string;
  rule: string;
  bad: string;
  badTint: string;
  warn: string;
  good: string;
  gap: string;
  critical: string;
  services: readonly string[];
}

export const LIGHT: Theme = {
  page: '#f6f7f8', panel: '#ffffff', ink: '#1b2128', soft: '#57616c', rule: '#e1e5e9',
  bad: '#b3261e', badTint: '#fbeceb', warn: '#8a5a00', good: '#1f6f43', gap: '#f3d9a4', critical: '#1b2128',
  services: ['#476da8', '#257871', '#795cb2', '#906416', '#457837', '#a24f84', '#28739a', '#866647', '#626d7c', '#6e702a'],
};

export const DARK: Theme = {
  page: '#12151a', panel: '#191d23', ink: '#e4e8ec', soft: '#9ea8b3', rule: '#2b323a',
  bad: '#ff8a80', badTint: '#3a1d1c', warn: '#eab85c', good: '#7fcf9b', gap: '#5c4a22', critical: '#e4e8ec',
  services: ['#7fa3dd', '#5fbdb3', '#ac92e0', '#d9a850', '#86c274', '#dd8fc0', '#6bb9e0', '#c09c78', '#9aa7b8', '#b5b863'],
};

/** CSS class of a service's colour; services without lines have none. */
export function colourClass(service: number): string {
  return service < 0 ? 'absent' : `s${service % LIGHT.services.length}`;
}

/** CSS rules for the bars, shared by the page and the picture. Values are literal because some SVG viewers do not support `var()`. */
export function barRules(theme: Theme): string {
  const services = theme.services.map((colour, index) => `.s${index} .body{fill:${colour};stroke:${colour}}.s${index} .own,.s${index} .swatch{fill:${colour}}`);
  return [
    `.grid{stroke:${theme.rule}}.tick{fill:${theme.soft}}`,
    `.seen{stroke:${theme.soft}}.critical{stroke:${theme.critical}}.gap{fill:${theme.gap}}`,
    `.body{fill:none;stroke:${theme.soft}}.absent .swatch{fill:none;stroke:${theme.soft}}.own,.swatch{fill:${theme.soft}}.more{fill:${theme.soft}}`,
    ...services,
    `.dot{fill:${theme.ink};stroke:${theme.panel}}.dot.warn{fill:${theme.warn}}.dot.bad{fill:${theme.bad}}`,
    `.failed .body{stroke:${theme.bad}}`,
  ].join('');
}

/** CSS rules that are the same in every theme. */
export const BAR_SHAPES = [
  '.body{stroke-width:1.25;fill-opacity:.16}.guessed .body{stroke-dasharray:5 3}.missing .body{fill:none;stroke-dasharray:2 4}.open .body{stroke-dasharray:9 3 2 3}',
  '.own{opacity:.8}.seen{stroke-width:1}.grid{stroke-width:1}.critical{stroke-width:2.5}.dot{stroke-width:.75}',
].join('');
