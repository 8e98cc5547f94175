// Runs one script on MicroPython in WebAssembly: node run_micropython.mjs REPOSITORY SCRIPT
// The repository's firmware, virtual bench and Pico board are in its file system, and on its path.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [root, script] = process.argv.slice(2);
const require = createRequire(path.join(root, "package.json"));
const name = "@micropython/micropython-webassembly-pyscript/micropython.mjs";
const { loadMicroPython } = await import(pathToFileURL(require.resolve(name)));
const mp = await loadMicroPython({ heapsize: 8 * 1024 * 1024, stdout: (line) => console.log(line), linebuffer: true });

function copy(from, to) {
  mp.FS.mkdir(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    if (entry.isDirectory() && entry.name !== "__pycache__" && entry.name !== "cpython") {
      copy(source, `${to}/${entry.name}`);
    } else if (entry.name.endsWith(".py")) {
      mp.FS.writeFile(`${to}/${entry.name}`, fs.readFileSync(source));
    }
  }
}

copy(path.join(root, "firmware"), "/firmware");
copy(path.join(root, "boards/RPI_PICO"), "/pico");
mp.FS.mkdir("/tools");
copy(path.join(root, "tools/virtual_bench"), "/tools/virtual_bench");
mp.runPython(
  "import sys; sys.path[:] = ['/firmware', '/tools', '/tools/virtual_bench/modules', '/pico', '.frozen']",
);
try {
  mp.runPython(fs.readFileSync(script, "utf8"));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
