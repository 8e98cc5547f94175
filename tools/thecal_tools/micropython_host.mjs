// Runs Python in MicroPython's WebAssembly build. Called by micropython_host.py with the path of a manifest:
//   {package, heap_bytes, files: [[path inside, path on the host], ...], parts: [source, ...], results: host folder}
// This build collects garbage only between top-level calls, so each part is a call of its own, made again for as long as
// it leaves the global `again` true. Python's prints go to stdout line by line; files left in /out are copied to the results folder.
// Exit code 0; 3 with the traceback on stderr when Python raised; 4 with one line when MicroPython itself broke.
import { mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const OUT = "/out";
const manifest = JSON.parse(readFileSync(process.argv[2], "utf8"));

function write(descriptor, text) {
  let bytes = Buffer.from(text);
  while (bytes.length) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      if (error.code === "EPIPE") process.exit(5); // nobody listens any more
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function copyOut(fs, folder) {
  for (const name of fs.readdir(folder)) {
    if (name === "." || name === "..") continue;
    const inside = `${folder}/${name}`;
    if (fs.isDir(fs.stat(inside).mode)) {
      copyOut(fs, inside);
      continue;
    }
    const target = join(manifest.results, inside.slice(OUT.length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, fs.readFile(inside));
  }
}

function fail(code, text) {
  write(2, text.trimEnd() + "\n");
  process.exit(code);
}

function run(mp) {
  const fs = mp.FS;
  fs.mkdirTree(OUT);
  for (const [inside, host] of manifest.files) {
    fs.mkdirTree(dirname(inside));
    fs.writeFile(inside, readFileSync(host));
  }
  try {
    for (const part of manifest.parts) {
      do {
        mp.globals.set("again", false);
        mp.runPython(part);
      } while (mp.globals.get("again"));
    }
  } catch (error) {
    if (error.name === "PythonError") fail(3, error.message);
    throw error;
  }
  copyOut(fs, OUT);
}

try {
  const { loadMicroPython } = await import(pathToFileURL(manifest.package).href);
  const stdout = (line) => write(1, line + "\n");
  run(await loadMicroPython({ heapsize: manifest.heap_bytes, linebuffer: true, stdout, stderr: stdout }));
} catch (error) {
  fail(4, `${error.name ?? "error"}: ${error.message ?? error}`.split("\n")[0]);
}
