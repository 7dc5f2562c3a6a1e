// Builds the preview: node build.mjs OUTDIR
//
// OUTDIR receives preview.html and preview/*, each also as .gz, and two files for the C++ side: assets.S embeds the
// .gz files, assets.inc lists them. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, "node_modules");

const bundledPackages = ["@fontsource/source-sans-3", "maplibre-gl"];

const contentTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/** Names a file after its content, so that browsers may keep it for ever. */
function hashedAsset(stem, extension, text) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  return { name: `preview/${stem}-${hash}${extension}`, bytes: Buffer.from(text) };
}

/** The worker is a bundle of its own and taken as it is, without the pointer to its source map. */
async function workerAsset() {
  const source = await readFile(path.join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8");
  return hashedAsset("worker", ".js", source.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
}

/** The licence texts of everything that is bundled, which must go where the bundle goes. */
async function licencesAsset() {
  const found = new Map();
  async function visit(name) {
    if (found.has(name) || name.startsWith("@types/")) return;
    const folder = path.join(modules, name);
    const { version, license, dependencies = {} } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(path.join(folder, file), "utf8") : `Licence: ${license}`;
    found.set(name, `${name} ${version} (${license})\n\n${text.trim()}\n`);
    for (const dependency of Object.keys(dependencies)) await visit(dependency);
  }
  for (const name of bundledPackages) await visit(name);
  const texts = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  const intro = "The preview page of tapalcatl (MIT) contains parts of the following packages.\n";
  return hashedAsset("licences", ".txt", [intro, ...texts].join(`\n${"-".repeat(80)}\n\n`));
}

/** Bundles entry points. Answers the files, and which file each entry point became. */
async function bundle(entryPoints, format, define) {
  const { build } = await import("esbuild");
  const result = await build({
    absWorkingDir: here,
    entryPoints,
    outdir: "preview",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format,
    target: ["es2022"],
    supported: { nesting: true, "color-functions": true },
    charset: "utf8",
    legalComments: "none",
    loader: { ".woff2": "file" },
    define,
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const entries = {};
  for (const [output, meta] of Object.entries(result.metafile.outputs)) {
    if (meta.entryPoint) entries[meta.entryPoint] = output;
  }
  const files = result.outputFiles.map((file) => ({
    name: path.relative(here, file.path).split(path.sep).join("/"),
    bytes: Buffer.from(file.contents),
  }));
  return { files, entries };
}

async function page(entries) {
  const template = await readFile(path.join(here, "src/preview.html"), "utf8");
  const html = template.replace(/\{\{(.+?)\}\}/g, (_, entry) => {
    if (!entries[entry]) throw new Error(`preview.html asks for ${entry}, which is no entry point`);
    return entries[entry];
  });
  return { name: "preview.html", bytes: Buffer.from(html) };
}

/** Level 9, no time stamp, and no mark of the system that packed it. */
function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255;
  return packed;
}

/** A gzip file ends with the CRC-32 and the size of what it holds. */
function trailer(packed) {
  return { crc32: packed.readUInt32LE(packed.length - 8), size: packed.readUInt32LE(packed.length - 4) };
}

function assemblerSource(files) {
  const blocks = files.map(
    (file, i) => `
/* ${file.name} ${file.crc32.toString(16)} */
    .balign 16
    .global tapalcatl_asset_${i}
    .hidden tapalcatl_asset_${i}
tapalcatl_asset_${i}:
    .incbin "${file.name}.gz"
`,
  );
  return `    .section .rodata.tapalcatl_assets, "a"\n${blocks.join("")}\n    .section .note.GNU-stack, "", %progbits\n`;
}

function tableSource(files) {
  const rows = files.map((file, i) => {
    const hashed = file.name.startsWith("preview/");
    const type = contentTypes[path.extname(file.name)];
    return `ASSET(${i}, "${file.name}", "${type}", ${file.packed.length}, ${file.size}, 0x${file.crc32.toString(16)}, ${hashed})\n`;
  });
  return rows.join("");
}

async function main() {
  const outdir = process.argv[2];
  if (!outdir) {
    console.error("usage: node build.mjs OUTDIR");
    process.exit(2);
  }
  if (!["esbuild", ...bundledPackages].every((name) => existsSync(path.join(modules, name)))) {
    console.error("web/node_modules is missing: run script/bootstrap");
    process.exit(1);
  }

  const worker = await workerAsset();
  const define = { WORKER_FILE: JSON.stringify(path.basename(worker.name)) };
  const app = await bundle({ app: "src/main.js", style: "src/css/style.css" }, "esm", define);
  const theme = await bundle({ theme: "src/theme.js" }, "iife", {});
  const licences = await licencesAsset();
  const html = await page({ ...app.entries, ...theme.entries, licences: licences.name });
  const files = [html, worker, licences, ...app.files, ...theme.files].sort((a, b) => (a.name < b.name ? -1 : 1));

  await rm(path.join(outdir, "preview"), { recursive: true, force: true });
  await mkdir(path.join(outdir, "preview"), { recursive: true });
  for (const file of files) {
    file.packed = gzip(file.bytes);
    Object.assign(file, trailer(file.packed));
    await writeFile(path.join(outdir, file.name), file.bytes);
    await writeFile(path.join(outdir, `${file.name}.gz`), file.packed);
  }
  await writeFile(path.join(outdir, "assets.S"), assemblerSource(files));
  await writeFile(path.join(outdir, "assets.inc"), tableSource(files));

  const kilobytes = files.reduce((sum, file) => sum + file.packed.length, 0) / 1000;
  console.log(`preview: ${files.length} files, ${kilobytes.toFixed(0)} kB gzip`);
}

await main();
