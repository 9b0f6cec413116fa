// Builds litlab/static/canvas.js and canvas.css, and puts the licences of all that is inside beside them.
//
// The same sources give the same bytes in any folder: no path and no time gets into the output.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../litlab/static');

const made = await build({
  absWorkingDir: here,
  entryPoints: { canvas: 'src/index.tsx' },
  outdir: out,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  minify: true,
  charset: 'utf8',
  legalComments: 'none', // canvas.licences.txt has them, in full
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
  logLevel: 'warning',
});

/** The packages whose code went into the bundle, by name. */
function packages() {
  const folders = new Set();
  for (const input of Object.keys(made.metafile.inputs)) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) folders.add(found[1]);
  }
  return [...folders].sort();
}

function licence(folder) {
  const about = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(here, folder)).find(name => /^licen[cs]e(\.md|\.txt)?$/i.test(name));
  const text = file ? readFileSync(join(here, folder, file), 'utf8').replaceAll('\r\n', '\n').trim() : '';
  return `${about.name} ${about.version} (${about.license})\n\n${text || 'The package holds no licence text.'}\n`;
}

const rule = `\n${'-'.repeat(80)}\n\n`;
const head = 'canvas.js and canvas.css hold code of these packages, under these licences:\n';
if (!existsSync(out)) mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'canvas.licences.txt'), [head, ...packages().map(licence)].join(rule));
