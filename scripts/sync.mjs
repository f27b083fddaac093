// Copies shared parts: the packages' metadata from the root's package.json, and each part of their READMEs and of docs/options.md
// between `<!-- from … -->` and `<!-- end -->` from the documents and from the docstrings of options.
//   npm run sync              writes
//   npm run sync -- --check   reports differences, writes nothing, and exits with 1 if there are any
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const read = (file) => readFileSync(file, 'utf8');
const root = JSON.parse(read('package.json'));
/** The repository's address for a browser, derived from the root's package.json, its only source. */
const web = root.repository.url.replace(/^git\+|\.git$/g, '');

const differing = [];
for (const name of readdirSync('packages')) {
  write(`packages/${name}/package.json`, (text) => `${JSON.stringify(manifestOf(name, JSON.parse(text)), null, 2)}\n`);
  write(`packages/${name}/README.md`, (text) => withParts(text, (file) => `${web}/blob/main/${file}`));
}
write('docs/options.md', (text) => withParts(text, (file) => path.posix.relative('docs', file)));
for (const file of differing) console.log(options.check ? `${file} differs: run \`npm run sync\`` : `${file} written`);
if (options.check && differing.length > 0) process.exitCode = 1;

function write(file, make) {
  const before = read(file);
  const after = make(before);
  if (after === before) return;
  differing.push(file);
  if (!options.check) writeFileSync(file, after);
}

function manifestOf(name, manifest) {
  const { author, license, publishConfig, repository } = root;
  const shared = {
    license,
    author,
    repository: { ...repository, directory: `packages/${name}` },
    homepage: `${web}/tree/main/packages/${name}#readme`,
    bugs: `${web}/issues`,
    publishConfig,
  };
  const { name: full, version, description, ...own } = manifest;
  for (const key of Object.keys(shared)) delete own[key];
  return { name: full, version, description, ...shared, ...own };
}

/** `addressOf`: the address by which this text links to a file of the repository. */
function withParts(text, addressOf) {
  return text
    .replace(/(<!-- from (.+) -->\n)[^]*?(<!-- end -->)/g, (_, start, from, end) => `${start}${partFrom(from.split(' '), addressOf)}\n${end}`)
    .replace(/\]\(https?:\/\/[^)]*?\/(blob|tree)\/main\//g, (_, kind) => `](${web}/${kind}/main/`);
}

/**
 * `README.md#heading` is a section, `README.md#heading json` its first block in that language, `README.md#heading table` its first
 * table, and `file.ts#Interface` a table of options.
 */
function partFrom([first, ...more], addressOf) {
  const [file, anchor] = first.split('#');
  if (file.endsWith('.ts')) return optionsTable([first, ...more]);
  const section = sectionOf(file, anchor);
  const [language] = more;
  const pattern = language === 'table' ? /(^\|.*\n)+/m : new RegExp(`^\`\`\`${language}\n[^]*?^\`\`\`$`, 'm');
  const part = language === undefined ? section : pattern.exec(section)?.[0].trim();
  if (part === undefined) throw new Error(`${first} has no ${language}`);
  return part.replace(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g, (_, target, hash = '') => {
    const linked = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
    return `](${addressOf(linked)}${hash})`;
  });
}

/** A section's text without its heading, up to the next heading of the same or a higher level. */
function sectionOf(file, anchor) {
  const lines = read(file).split('\n');
  let fenced = false;
  const headings = lines.flatMap((line, at) => {
    if (line.startsWith('```')) fenced = !fenced;
    const [, marks, title] = (!fenced && /^(#+) (.+)$/.exec(line)) || [];
    return title === undefined ? [] : [{ at, level: marks.length, anchor: title.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-') }];
  });
  const heading = headings.find((each) => each.anchor === anchor);
  if (heading === undefined) throw new Error(`${file} has no section #${anchor}`);
  const next = headings.find(({ at, level }) => at > heading.at && level <= heading.level);
  return lines.slice(heading.at + 1, next?.at).join('\n').trim();
}

/** A table with a row for each option of these interfaces, from their docstrings. */
function optionsTable(sources) {
  const rows = sources.flatMap((source) => {
    const [file, name] = source.split('#');
    const body = new RegExp(`^export interface ${name} [^{]*\\{\n([^]*?)^\\}`, 'm').exec(read(file))?.[1];
    if (body === undefined) throw new Error(`${file} has no interface ${name}`);
    return [...body.matchAll(/\/\*\*([^]*?)\*\/\s*(\w+)\?:/g)].map(([, doc, option]) => `| \`${option}\` | ${doc.replace(/\s*\n\s*\*?\s*/g, ' ').trim().replaceAll('|', '\\|')} |`);
  });
  return ['| option | meaning |', '|---|---|', ...rows].join('\n');
}
